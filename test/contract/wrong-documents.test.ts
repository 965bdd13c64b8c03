// Wrong documents: each is told with its code and line, changes nothing unless it is merely incomplete, and holds nobody up.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Diagnostic } from '../../src/base/index.ts';
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane, type RunningControlPlane } from '../../src/bin/control-plane.ts';
import { KINDS } from '../../src/policy/index.ts';
import { readDocuments } from '../../src/source/index.ts';

interface Wrong {
  readonly name: string;
  /** `CODE` or `CODE:line`. */
  readonly says: readonly string[];
  readonly text: string;
  /** It is taken all the same, and told: what it names may come later. */
  readonly accepted?: boolean;
}

const FOLDER = join(import.meta.dirname, 'wrong');
const CASES: readonly (Wrong & { readonly file: string })[] = readdirSync(FOLDER)
  .sort()
  .flatMap((file) => (parse(readFileSync(join(FOLDER, file), 'utf8')) as Wrong[]).map((each) => ({ ...each, file })));

let folder: string;
let plane: RunningControlPlane;
let token: string;

async function call<T>(method: string, path: string, body?: string): Promise<{ readonly status: number; readonly body: T }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await fetch(plane.apiUrl + path, { method, headers, ...(body === undefined ? {} : { body }) });
  return { status: answer.status, body: (await answer.json()) as T };
}

interface Applied {
  readonly diagnostics?: readonly Diagnostic[];
  readonly details?: { readonly diagnostics?: readonly Diagnostic[] };
}

async function apply(documents: readonly unknown[]): Promise<{ readonly status: number; readonly said: readonly Diagnostic[] }> {
  const { status, body } = await call<Applied>('POST', '/weft/v1/apply', JSON.stringify({ documents }));
  return { status, said: body.diagnostics ?? body.details?.diagnostics ?? [] };
}

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly namespace?: string; readonly generation?: number } }[];
}

/** Every document there is, with its generation: statuses may be written at any time. */
async function stored(): Promise<readonly string[]> {
  const lists = KINDS.map(async ({ group, version, plural }) => {
    const { status, body } = await call<Listed>('GET', `${group === '' ? '/api' : `/apis/${group}`}/${version}/${plural}`);
    expect(status, plural).toBe(200);
    return body.items.map(({ metadata }) => `${plural} ${metadata.namespace}/${metadata.name} ${metadata.generation}`);
  });
  return (await Promise.all(lists)).flat();
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-wrong-'));
  const at = { host: '127.0.0.1', port: 0 };
  plane = await openControlPlane({ directory: folder, api: at, xds: at, clock: systemClock, log: () => undefined });
  token = readFileSync(join(folder, 'admin.token'), 'utf8').trim();
  const service = (name: string, appProtocol: string) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { app: name }, ports: [{ name: 'main', port: 80, appProtocol }] },
  });
  expect((await apply([service('ledger', 'http'), service('database', 'tcp')])).status).toBe(200);
  expect(await stored()).toEqual(expect.arrayContaining(['services shop/ledger 1', 'services shop/database 1']));
});

afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The most CPU time that this thread used between two turns of its event loop while `work` ran: noisy neighbours do not count. */
async function longestTurn(work: () => Promise<void>): Promise<number> {
  let longest = 0;
  let before = process.threadCpuUsage();
  let running = true;
  const turn = (): void => {
    const used = process.threadCpuUsage(before);
    longest = Math.max(longest, (used.user + used.system) / 1000);
    before = process.threadCpuUsage();
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  running = false;
  return longest;
}

/** Sends from another process: what that costs is not the control plane's. */
async function sendElsewhere(file: string, type: string): Promise<[number, string]> {
  const args = [
    '-s',
    '-X',
    'POST',
    '-H',
    `authorization: Bearer ${token}`,
    '-H',
    `content-type: ${type}`,
    '-H',
    'expect:',
    '--data-binary',
    `@${file}`,
    '-w',
    '\n%{http_code}',
  ];
  const child = spawn('curl', [...args, `${plane.apiUrl}/weft/v1/apply`], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  await once(child, 'close');
  const cut = out.lastIndexOf('\n');
  return [Number(out.slice(cut + 1)), out.slice(0, cut)];
}

const shown = ({ code, at }: Diagnostic): readonly string[] => [code, `${code}:${at.line}`];

describe(`${CASES.length} wrong documents`, () => {
  it('are sixty at least', () => expect(CASES.length).toBeGreaterThanOrEqual(60));

  for (const { name, file, says, text, accepted = false } of CASES) {
    it(`${file.replace('.yaml', '')}: ${name}`, async () => {
      const before = await stored();
      const read = readDocuments([{ file: 'in.yaml', text }]);
      const errors = read.diagnostics.some((each) => each.severity === 'error');
      const { status, said } = errors ? { status: 422, said: [] } : await apply(read.documents.map((each) => each.document));
      const all = [...read.diagnostics, ...said];
      for (const each of says) expect(all.flatMap(shown), JSON.stringify(all, null, 1)).toContain(each);
      for (const each of all) expect(each.hint.length, each.code).toBeGreaterThan(5);
      expect(status).toBe(accepted ? 200 : 422);
      if (!accepted) expect(await stored()).toEqual(before);
    });
  }
});

describe('what is sent to overwhelm', () => {
  const rules = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ matches: [{ path: { value: `/${n}` } }], backendRefs: [{ name: 'ledger', port: 80 }] }));
  const route = (spec: unknown) => ({ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'huge', namespace: 'shop' }, spec });
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
    .split('')
    .map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[at]}`).join(',')}]`)
    .join('\n')}\n`;
  const heavy: Readonly<Record<string, { readonly body: string; readonly type: string }>> = {
    'ten megabytes of rules': { body: JSON.stringify({ documents: [route({ rules: rules(110_000) })] }), type: 'application/json' },
    'ten megabytes of one string': { body: JSON.stringify({ documents: [route({ rules: [{ name: 'x'.repeat(10_000_000) }] })] }), type: 'application/json' },
    'a hundred thousand brackets': { body: `{"documents":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, type: 'application/json' },
    'an alias bomb': { body: bomb, type: 'application/yaml' },
    'half a JSON text': { body: '{"documents":[{"apiVersion":', type: 'application/json' },
    'bytes that are no text': { body: '\u0000\u0001\ufffe', type: 'application/json' },
  };
  /** CPU milliseconds of parsing the ten megabytes in one turn, which is what must not be done: twice the goal of 50 on the machines this was measured on. */
  let atOnce = 0;
  beforeAll(() => {
    const huge = heavy['ten megabytes of rules']?.body ?? '';
    const times = Array.from({ length: 5 }, () => {
      const before = process.threadCpuUsage();
      JSON.parse(huge);
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1000;
    });
    atOnce = times.sort((a, b) => a - b)[2] ?? 0;
  });

  for (const [name, { body, type }] of Object.entries(heavy)) {
    it(`${name}: refused with a reason, nothing changed, nobody held up`, async () => {
      const before = await stored();
      let status = 0;
      let text = '';
      const file = join(folder, 'body');
      writeFileSync(file, body);
      // What the cases before have left behind is not this body's.
      collectGarbage();
      const longest = await longestTurn(async () => {
        [status, text] = await sendElsewhere(file, type);
      });
      expect([400, 413, 415, 422]).toContain(status);
      expect(text.length).toBeGreaterThan(20);
      expect(await stored()).toEqual(before);
      expect(longest, `CPU milliseconds of the longest turn; answered ${status}`).toBeLessThan(atOnce / 2);
    });
  }
});
