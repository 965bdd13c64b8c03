// The dashboard in a real browser against a real control plane: signing in, finding one's way without a mouse, links that carry everything, no barrier that
// axe knows, and what it weighs. How fast it is, is printed and not asserted.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, complaints, contextOf, openBrowser, packedBytes, seriousFindings, signInLink } from '../kit/chromium.ts';
import { crowd } from '../kit/crowd.ts';
import { needs } from '../kit/require.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const { skip } = needs('chromium', CHROMIUM !== '');
const shop = resolve(import.meta.dirname, '../../examples/shop');
const FIRST_LOAD_BYTES = 300_000;

/** Every page of the list; what a path names is filled in. */
const list = readFileSync(resolve(import.meta.dirname, '../../dashboard/src/pages/list.ts'), 'utf8');
const FILLED: Readonly<Record<string, string>> = { namespace: 'shop', name: 'checkout', kind: 'httproutes' };
const paths = [...list.matchAll(/^ {4}path: '(.*)',$/gm)].map(([, path = '']) =>
  path.replace(/\$(\w+)/g, (_all, name: string) => FILLED[name] ?? 'a1b2c3d4e5f60718'),
);

describe.skipIf(skip)('the dashboard', () => {
  let mesh: TestMesh;
  let browser: Browser;
  let printed: string;
  let kept: BrowserContextOptions['storageState'];

  beforeAll(async () => {
    mesh = TestMesh.open();
    const [up, opened] = await Promise.all([mesh.up(['-f', shop]), openBrowser()]);
    browser = opened;
    printed = /http:\/\/\S+\?once=\S+/.exec(up.words())?.[0] ?? '';
  });
  afterAll(async () => {
    await browser?.close();
    await mesh[Symbol.asyncDispose]();
  });

  async function open(path: string, more: BrowserContextOptions = {}): Promise<Page> {
    const page = await (await contextOf(browser, kept, more)).newPage();
    await page.goto(mesh.api.url + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    return page;
  }

  test('the link that weft up prints signs in once, and leaves the address at once', async () => {
    const context = await contextOf(browser, undefined);
    const page = await context.newPage();
    await page.goto(printed);
    await page.getByRole('navigation', { name: 'Places' }).waitFor();
    expect(page.url()).toBe(`${mesh.api.url}/`);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    kept = await context.storageState();

    const other = await (await contextOf(browser, undefined)).newPage();
    await other.goto(printed);
    await other.getByText('weft dashboard', { exact: true }).waitFor();
    expect(await other.getByRole('main').textContent()).toContain('used already');
    await other.goto(mesh.api.url);
    await other.getByText('You are not signed in here.').waitFor();

    await other.goto(await signInLink(mesh));
    await other.getByRole('navigation', { name: 'Places' }).waitFor();
  });

  test('without a mouse: skip the rail, search, go', async () => {
    const page = await open('/');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: /^Search/ }).waitFor();
    await page.keyboard.type('checkout');
    await page.getByRole('option', { name: 'shop/checkout', exact: false }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'shop/checkout' }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/services\/shop\/checkout/);
    await page.goBack();
    await page.getByRole('button', { name: 'Table' }).waitFor();
    await page.keyboard.press('t');
    await page.getByRole('button', { name: 'Graph' }).waitFor();
    expect(new URL(page.url()).searchParams.get('view')).toBe('table');
  });

  test('a link carries scope, time and a request that was tried, and moving on keeps scope and time', async () => {
    const page = await open('/services/shop/checkout?ns=shop&range=1h&from_workload=shop%2Fnobody&path=%2Fpay');
    expect(await page.getByLabel('Scope').inputValue()).toBe('shop');
    expect(await page.getByLabel('Time').inputValue()).toBe('1h');
    expect(await page.getByLabel('Path').inputValue()).toBe('/pay');
    expect(await page.getByText('dogfood').count()).toBeGreaterThan(0);
    await page.getByRole('link', { name: 'Proxies' }).click();
    await page.getByRole('heading', { level: 1, name: 'Proxies' }).waitFor();
    expect(new URL(page.url()).search).toBe('?ns=shop&range=1h');
    await page.getByText('weft proxies -n shop').waitFor();
  });

  test('no page has a barrier that axe calls serious, breaks its policy or throws: wide and light, narrow and dark', { timeout: 300_000 }, async () => {
    const sizes = [
      { viewport: { width: 1280, height: 860 }, colorScheme: 'light' },
      { viewport: { width: 400, height: 860 }, colorScheme: 'dark' },
    ] as const;
    const found: string[] = [];
    for (const size of sizes) {
      const page = await open('/', size);
      const wrong = complaints(page);
      for (const path of paths) {
        await page.goto(mesh.api.url + path);
        await page.locator('#content > *').nth(1).waitFor();
        found.push(...(await seriousFindings(page)).map((words) => `${path} ${size.colorScheme} ${words}`));
        const beyond = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
        if (beyond !== 0) found.push(`${path} is ${String(beyond)} pixels wider than ${size.viewport.width}`);
      }
      found.push(...wrong);
    }
    expect(found).toEqual([]);
  });

  test('text of others is text', async () => {
    const context = await contextOf(browser, kept);
    const page = await context.newPage();
    const wrong = complaints(page);
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202e';
    const item = {
      id: '1',
      code: 'WEFT2360',
      severity: 'error',
      section: 'traffic',
      check: 'c',
      words: hostile,
      since: new Date().toISOString(),
      hint: hostile,
      next: hostile,
    };
    await page.route('**/weft/v1/findings*', (route) =>
      route.fulfill({ json: { items: [{ ...item, object: { kind: 'Service', namespace: 'shop', name: hostile } }], checks: [] } }),
    );
    await page.goto(mesh.api.url);
    await page.getByText('onerror').first().waitFor();
    expect([await page.locator('.findings img, .findings script').count(), await page.title(), wrong]).toEqual([0, 'Overview · Weft', []]);
  });

  test('the first load weighs at most 300 KB packed', async () => {
    const context = await contextOf(browser, kept);
    const page = await context.newPage();
    const loaded = new Set<string>();
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname === '/' || pathname.startsWith('/assets/') || pathname.endsWith('.svg')) loaded.add(pathname);
    });
    await page.goto(mesh.api.url, { waitUntil: 'load' });
    await page.locator('#content > *').nth(1).waitFor();
    const bytes = [...loaded].map(packedBytes).reduce((sum, each) => sum + each, 0);
    const timing = 'performance.getEntriesByType("paint").at(-1)?.startTime ?? 0';
    process.stderr.write(
      `first load: ${(bytes / 1000).toFixed(0)} KB packed in ${loaded.size} files, drawn after ${Math.round(Number(await page.evaluate(timing)))} ms\n`,
    );
    expect(loaded.size).toBeGreaterThan(3);
    expect(bytes).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
  });

  async function openCrowd(services: number): Promise<Page> {
    const page = await (await contextOf(browser, kept)).newPage();
    const { edges, stat } = crowd(services);
    await page.route('**/weft/v1/edges*', (route) => route.fulfill({ json: edges }));
    await page.route('**/weft/v1/stat*', (route) => route.fulfill({ json: stat }));
    await page.route('**/api/v1/services', (route) => route.fulfill({ json: { items: [] } }));
    await page.goto(mesh.api.url);
    await page.getByText(`${services} services`, { exact: false }).first().waitFor();
    return page;
  }

  test('200 services are drawn one by one, and pan', async () => {
    const page = await openCrowd(200);
    expect([await page.locator('.topo-node').count(), await page.locator('canvas.crowd').count()]).toEqual([200, 0]);
    const box = (await page.locator('.react-flow__pane').boundingBox()) ?? { x: 0, y: 0 };
    const moved = 'document.querySelector(".react-flow__viewport").style.transform';
    const before = await page.evaluate(moved);
    await page.evaluate('window.frames_ = []; (function next(at) { window.frames_.push(at); requestAnimationFrame(next); })(performance.now())');
    await page.mouse.move(box.x + 20, box.y + 20);
    await page.mouse.down();
    for (let step = 1; step <= 30; step++) await page.mouse.move(box.x + 20 + step * 8, box.y + 20 + step * 4);
    await page.mouse.up();
    const frames = (await page.evaluate('window.frames_')) as number[];
    expect(await page.evaluate(moved)).not.toBe(before);
    const gaps = frames
      .slice(1)
      .map((at, index) => at - (frames[index] ?? at))
      .sort((a, b) => a - b);
    const at = (share: number): string => (gaps[Math.floor(gaps.length * share)] ?? 0).toFixed(1);
    process.stderr.write(`panning 200 services: ${gaps.length} frames, ${at(0.5)} ms each in the middle, ${at(0.95)} ms at most in 95 of 100\n`);
  });

  test('beyond that they are one picture, and the table has every call', async () => {
    const page = await openCrowd(201);
    expect([await page.locator('.topo-node').count(), await page.locator('canvas.crowd').count()]).toEqual([0, 1]);
    await page.keyboard.press('t');
    await page.getByRole('table').waitFor();
    expect(await page.getByRole('row').count()).toBe(201);
  });
});
