// Asks again and again until an answer shows a change.
import type { Program, TestMesh } from '../test/kit/test-mesh.ts';

interface Seen {
  readonly at: number | null;
  readonly wrong: number;
}

/** Where a prober asks. */
export interface Probed {
  /** `host` or `host:port`. */
  readonly address: string;
  readonly path: string;
}

/** Starts the prober, inside the mesh when `run` has the arguments of `weft run`, else beside it. */
export async function startProber(stage: TestMesh, run: readonly string[]): Promise<Program> {
  const program = [process.execPath, 'bench/prober.js'] as const;
  const prober = run.length > 0 ? stage.weft(['run', ...run, '--', ...program]) : stage.start(program[0], [program[1]]);
  await prober.printed(/prober is ready/);
  return prober;
}

/**
 * Makes a change while the prober is asking; from its beginning to the first answer that carries the mark (`*`: any), and how many
 * answers until then were not 200.
 */
export async function probe(prober: Program, { address, path }: Probed, mark: string, change?: () => Promise<void>): Promise<{ ms: number; wrong: number }> {
  const answered = prober.next(new RegExp(`seen (\\{"mark":"${mark === '*' ? '\\*' : mark}".*\\})`));
  prober.child.stdin?.write(`${address} ${path} ${mark}\n`);
  if (change !== undefined) await new Promise((done) => setTimeout(done, 20)); // the prober is asking before the change is sent
  const sent = performance.timeOrigin + performance.now();
  await change?.();
  const { at, wrong } = JSON.parse((await answered)[1] ?? '{}') as Seen;
  if (at === null) throw new Error(`${mark} never appeared at ${address}${path}`);
  return { ms: at - sent, wrong };
}
