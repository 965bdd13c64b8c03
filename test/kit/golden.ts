// What a proxy of a test has counted so far, read at its own admin socket (Prometheus text, where tags are labels as they are).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GOLDEN, JOINED_TAG, JOINED_TAGS, readJoined } from '../../src/envoy/index.ts';
import { runBase } from '../../src/machine/run-folder.ts';
import { getOverUnix } from '../../src/machine/unix-http.ts';
import type { Program, TestMesh } from './test-mesh.ts';

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The admin socket of the proxy that a program (`weft run`) has started. */
function adminOf(mesh: TestMesh, program: Program): string {
  const base = runBase(mesh.env);
  const owner = (name: string): string => {
    try {
      return readFileSync(join(base, name, 'owner'), 'utf8').split(' ')[0] ?? '';
    } catch {
      return '';
    }
  };
  const found = readdirSync(base).find((name) => owner(name) === String(program.pid));
  if (found === undefined) throw new Error(`no run folder of ${program.pid} below ${base}`);
  return join(base, found, 'admin.sock');
}

const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

function seriesOf(line: string): readonly Series[] {
  const found = /^envoy_((?:istio|weft)_\w+|http_\w+_downstream_rq_total)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (found === null) return [];
  const [, name = '', text = '', value] = found;
  const labels = new Map([...text.matchAll(LABEL)].map(([, key = '', said = '']): [string, string] => [key, said]));
  const joined = labels.get(JOINED_TAG);
  const all = joined === undefined ? labels : [...labels, ...readJoined(JOINED_TAGS, joined)];
  return [{ name, labels: Object.fromEntries(all), value: Number(value) }];
}

/** Requests are counted by how long they took. */
export const REQUESTS_COUNTED = `${GOLDEN.durationMs}_count`;
const CAME: ReadonlySet<string> = new Set(['outbound', 'explicit', 'inbound', 'nowhere', 'gateway'].map((prefix) => `http_${prefix}_downstream_rq_total`));

/** Histograms are added up at each push only: whether they have caught up with the requests that there were, while none is under way. */
export function caughtUp(all: readonly Series[]): boolean {
  const came = all.filter(({ name }) => CAME.has(name));
  const counted = all.filter(({ name }) => name === REQUESTS_COUNTED);
  const sum = (some: readonly Series[]): number => some.reduce((total, { value }) => total + value, 0);
  return sum(came) === sum(counted);
}

/** All golden series of a proxy. */
export async function goldenSeries(mesh: TestMesh, program: Program): Promise<readonly Series[]> {
  const answer = await getOverUnix(adminOf(mesh, program), '/stats/prometheus?usedonly', 5000);
  if (answer?.status !== 200) throw new Error(`the proxy does not answer: ${answer?.status}`);
  return answer.body.split('\n').flatMap(seriesOf);
}

/** Series of one name added up by some of their labels: `503 URX` → 3. Without those that are 0. */
export function summed(all: readonly Series[], name: string, labels: readonly string[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const series of all) {
    if (series.name !== name) continue;
    const key = labels
      .map((label) => series.labels[label] ?? '')
      .join(' ')
      .trimEnd();
    sums.set(key, (sums.get(key) ?? 0) + series.value);
  }
  return sums;
}

/** What was added between two readings; sorted, without what did not change. */
export function added(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return Object.fromEntries(keys.map((key) => [key, (after.get(key) ?? 0) - (before.get(key) ?? 0)] as const).filter(([, value]) => value !== 0));
}
