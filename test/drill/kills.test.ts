// D-02: SIGKILLs of the whole control plane during writes: what it had acknowledged is there when it is up again, and it is up soon.
// WEFT_PLANE_KILLS times (default 1); WEFT_START_MS: longest start that is good enough (a drill says 5000; a busy machine promises nothing).
import { once } from 'node:events';
import { afterAll, expect, test } from 'vitest';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const KILLS = Number(process.env['WEFT_PLANE_KILLS'] ?? 1);
const LONGEST_MS = Number(process.env['WEFT_START_MS'] ?? Number.POSITIVE_INFINITY);
const NAMES = 8;

const mesh = TestMesh.open();
afterAll(() => mesh[Symbol.asyncDispose]());

const service = (name: string, n: number): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'kills', annotations: { n: String(n) } },
  spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] },
});

interface Listed {
  readonly items: readonly { readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> } }[];
}

/** By name, the last number that was acknowledged. */
const promised = new Map<string, number>();
let next = 1;

/** Writes until the control plane is gone. */
async function write(control: Program): Promise<void> {
  const gone = once(control.child, 'exit');
  setTimeout(() => control.child.kill('SIGKILL'), 100 + Math.random() * 500);
  const writer = async (at: number): Promise<void> => {
    for (;;) {
      const [name, n] = [`s${at}`, next++];
      const stored = await mesh.apply([service(name, n)]).then(
        () => true,
        () => false,
      );
      if (!stored) return;
      promised.set(name, n);
    }
  };
  await Promise.all([gone, ...Array.from({ length: NAMES }, (_, at) => writer(at))]);
}

async function lost(): Promise<readonly string[]> {
  const { items } = await mesh.call<Listed>('/api/v1/namespaces/kills/services');
  const found = new Map(items.map(({ metadata }) => [metadata.name, Number(metadata.annotations?.['n'])]));
  return [...promised].filter(([name, n]) => (found.get(name) ?? 0) < n).map(([name, n]) => `${name} = ${n}, found ${found.get(name)}`);
}

test(`${KILLS} SIGKILLs of the control plane during writes`, { timeout: 60_000 + KILLS * 30_000 }, async () => {
  const starts: number[] = [];
  let acknowledged = 0;
  for (let kill = 0; kill <= KILLS; kill++) {
    const began = performance.now();
    const control = await mesh.up();
    starts.push(performance.now() - began);
    if (kill > 0) expect(await lost(), `after kill ${kill}`).toEqual([]);
    if (kill === KILLS) break;
    const before = next;
    await write(control);
    acknowledged += next - before - NAMES;
  }
  const sorted = starts.slice(1).toSorted((a, b) => a - b);
  const [middle = 0, longest = 0] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  process.stderr.write(
    `kills: ${KILLS}, about ${acknowledged} acknowledged writes, none lost; up again in ${middle.toFixed(0)} ms (p50), ${longest.toFixed(0)} ms (longest)\n`,
  );
  expect(longest).toBeLessThan(LONGEST_MS);
});
