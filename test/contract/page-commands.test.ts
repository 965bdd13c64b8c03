// Every page of the dashboard shows the command that prints the same: the command line understands each of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit.ts';
import { type Actions, main } from '../../src/cli/index.ts';

type Search = Readonly<Record<string, string>>;
interface Page {
  readonly path: string;
  readonly command: (shown: { readonly search: Search; readonly params: Search }) => string;
}

// The dashboard is of another platform, with types of its own.
const { PAGES } = (await import(String(new URL('../../dashboard/src/pages/list.ts', import.meta.url)))) as { readonly PAGES: readonly Page[] };

const PARAMS: Search = { namespace: 'shop', name: 'checkout', plural: 'timeoutpolicies', id: '4bf92f3577b34da6a3ce929d0e0e4736' };
const FILTERS: Search = {
  service: 'shop/checkout',
  status: '5xx',
  minMs: '500',
  maxMs: '900',
  path: '/pay',
  request: '9f3c',
  from: 'shop/web',
  method: 'POST',
};
const SEARCHES: readonly Search[] = [
  {},
  { ns: 'shop', range: '1h' },
  { from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z' },
  FILTERS,
  { status: 'failed' },
];

/** A file that a command may name: it is read before anybody is asked. */
const folder = mkdtempSync(join(tmpdir(), 'weft-pages-'));
writeFileSync(
  join(folder, `${PARAMS['name']}.yaml`),
  'apiVersion: v1\nkind: Service\nmetadata: { name: checkout, namespace: shop }\nspec: { ports: [{ port: 80 }] }\n',
);
afterAll(() => rmSync(folder, { recursive: true }));

const nothing = (): never => expect.fail('not here');
const actions: Actions = {
  version: '1.2.3',
  weft: ['weft'],
  up: nothing,
  run: nothing,
  agent: nothing,
  restore: nothing,
  seal: { status: nothing, rekey: nothing, newKey: nothing },
};

/** How the command line ends, with nobody to be asked. */
async function endOf(command: string): Promise<readonly [number, string]> {
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const env = { WEFT_SERVER: 'http://127.0.0.1:9', WEFT_TOKEN: 'x' };
  const signal = new AbortController().signal;
  const io = {
    out: say,
    err: say,
    stdin: Readable.from([]),
    env,
    cwd: folder,
    terminal: false,
    columns: 100,
    signal,
    now: () => Date.parse('2026-01-02T00:00:00Z'),
  };
  return [await main(command.split(' ').slice(1), io, actions), said.join('')];
}

test.each(PAGES.map((page) => [page.path, page] as const))('the command of %s', async (_path, { command }) => {
  for (const search of SEARCHES) {
    const words = command({ search, params: PARAMS });
    const [code, said] = await endOf(words);
    expect(code, `${words}\n${said}`).toBe(EXIT.unreachable);
  }
});
