// Ways to find the parents of calls: two simple rules, and inference as it is used.
import { type InferredEdge, type Learned, type SpanWindow, stitch } from '../src/inference/index.ts';

export type Rule = (window: SpanWindow) => readonly InferredEdge[];

/** The parent is, of the requests in flight that have not made this kind of call, the first come (`oldest`) or the last. */
export function simple(oldest: boolean): Rule {
  return ({ inbound, outbound }) => {
    const open = [...inbound].sort((a, b) => (oldest ? a.startUs - b.startUs : b.startUs - a.startUs));
    const made = new Set<string>();
    const found = new Map<string, string>();
    for (const call of [...outbound].sort((a, b) => a.startUs - b.startUs)) {
      const around = open.filter(({ startUs, endUs }) => startUs <= call.startUs && call.endUs <= endUs);
      const kind = `${call.callee} ${call.operation}`;
      const parent = around.find(({ id }) => !made.has(`${id} ${kind}`)) ?? around[0];
      if (parent === undefined) continue;
      made.add(`${parent.id} ${kind}`);
      found.set(call.id, parent.id);
    }
    return outbound.map(({ id }) => ({ child: id, parent: found.get(id), confidence: 1 }));
  };
}

/** What is asked of each window: `stitch`, or what it says before it says how sure that is. */
export type Asked<E> = (window: SpanWindow, learned?: Learned) => { readonly edges: readonly E[]; readonly learned: Learned };

/** All at once, of a workload of which nothing is known (or what was learned). */
export const atOnce =
  (learned?: Learned): Rule =>
  (window) =>
    stitch(window, learned).edges;

const STEP_US = 2_000_000;
const SETTLE_US = 1_000_000;
const HOLD_US = 8_000_000;

/** As a control plane does: every two seconds, of the spans held, what has settled is inferred and stays so. Nothing is known at first. */
export function windowByWindow<E extends Pick<InferredEdge, 'child' | 'parent'>>({ inbound, outbound }: SpanWindow, asked: Asked<E>): ReadonlyMap<string, E> {
  const decided = new Map<string, E>();
  const last = [...inbound, ...outbound].reduce((latest, { endUs }) => Math.max(latest, endUs), 0);
  let learned: Learned | undefined;
  for (let nowUs = STEP_US; nowUs < last + STEP_US + SETTLE_US; nowUs += STEP_US) {
    const held = ({ endUs }: { readonly endUs: number }): boolean => endUs <= nowUs && endUs > nowUs - HOLD_US;
    const untilUs = nowUs - SETTLE_US;
    const calls = outbound.filter(held).map((call) => {
      const parent = decided.get(call.id)?.parent;
      return parent === undefined ? call : { ...call, parent };
    });
    const found = asked({ inbound: inbound.filter(held), outbound: calls, untilUs }, learned);
    learned = found.learned;
    for (const [at, edge] of found.edges.entries()) if ((calls[at]?.endUs ?? 0) <= untilUs && !decided.has(edge.child)) decided.set(edge.child, edge);
  }
  return decided;
}

export const asItGoes: Rule = (window) => {
  const decided = windowByWindow(window, stitch);
  return window.outbound.map(({ id }) => decided.get(id) ?? { child: id, parent: undefined, confidence: 0 });
};
