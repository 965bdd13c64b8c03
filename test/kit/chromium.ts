// A real browser (Debian's Chromium) against a real control plane.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import type { TestMesh } from './test-mesh.ts';

const FOLDER = resolve(import.meta.dirname, '../../dist/dashboard');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Where the browser is; empty where there is none. */
export const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path)) ?? '';

/** Starts it. Without a sandbox of its own: tests run as root in containers. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

/** A link that signs in once. */
export async function signInLink(mesh: TestMesh): Promise<string> {
  const { code, stdout, stderr } = await mesh.run(['dashboard', '--print']);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** What a page complains of: exceptions, and whatever its policy refused. */
export function complaints(page: Page): readonly string[] {
  const found: string[] = [];
  page.on('pageerror', (error) => found.push(String(error)));
  page.on('console', (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) found.push(message.text());
  });
  return found;
}

/** A signed-in context of some size and theme. `kept` is the storage of one that signed in. */
export function contextOf(browser: Browser, kept: BrowserContextOptions['storageState'], more: BrowserContextOptions = {}): Promise<BrowserContext> {
  return browser.newContext({
    viewport: { width: 1280, height: 860 },
    reducedMotion: 'reduce',
    ...(kept === undefined ? {} : { storageState: kept }),
    ...more,
  });
}

/** What axe finds serious on a page, in words. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const run = 'axe.run(document, { resultTypes: ["violations"] })';
  const { violations } = (await page.evaluate(run)) as { violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[] };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary.replace(/\s+/g, ' ').slice(0, 200)}`),
    );
}

/** Bytes of a built file as it travels, packed by gzip. */
export function packedBytes(path: string): number {
  const file = join(FOLDER, path === '/' ? 'index.html' : path);
  return statSync(existsSync(`${file}.gz`) ? `${file}.gz` : file).size;
}
