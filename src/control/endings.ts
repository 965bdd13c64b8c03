import type { Clock, Diagnostic } from '../base/index.ts';
import type { Explanation } from '../compile/index.ts';
import { type DocumentKey, diagnostic, type Mesh, makeDocumentKey, type Policy } from '../model/index.ts';
import { endOf } from '../policy/index.ts';

export interface EndingsOptions {
  readonly clock: Clock;
  readonly policyOf: (key: DocumentKey) => Policy | undefined;
  readonly restate: (key: DocumentKey) => void;
}

/** Longer waits are cut into pieces: timers count milliseconds in 31 bits. */
const LONGEST_WAIT_MS = 2 ** 30;

/** Documents that end by themselves are told so when their end has come. The proxies need nobody for it: they have the end and a clock. */
export class Endings {
  readonly #options: EndingsOptions;
  readonly #cancels = new Map<DocumentKey, () => void>();

  constructor(options: EndingsOptions) {
    this.#options = options;
  }

  /** A document came, changed or went. */
  look(key: DocumentKey): void {
    this.#cancels.get(key)?.();
    this.#cancels.delete(key);
    const { clock, policyOf, restate } = this.#options;
    const end = endMs(policyOf(key));
    const wait = end === undefined ? 0 : end - clock.now();
    if (wait <= 0) return;
    const cancel = clock.after(Math.min(wait, LONGEST_WAIT_MS), () => {
      this.#cancels.delete(key);
      if (wait > LONGEST_WAIT_MS) this.look(key);
      else restate(key);
    });
    this.#cancels.set(key, cancel);
  }

  close(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}

function endMs(policy: Policy | undefined): number | undefined {
  const end = policy === undefined ? undefined : endOf(policy);
  return end === undefined ? undefined : Date.parse(end);
}

/** That a document has ended, where it has. */
export function endedDiagnostics(mesh: Mesh, key: DocumentKey, now: number): readonly Diagnostic[] {
  const policy = mesh.policies.get(key);
  const end = endMs(policy);
  if (policy === undefined || end === undefined || end > now) return [];
  return [diagnostic('WEFT1822', policy.origin, `it has ended at ${new Date(end).toISOString()} and has no effect any more`)];
}

/** An explanation does not know what time it is: what has ended is said to have. */
export function withEnded(mesh: Mesh, explanation: Explanation, now: number): Explanation {
  const hops = explanation.hops.map((hop) => ({ ...hop, steps: hop.steps.map((step) => endedStep(mesh, step, now)) }));
  return { ...explanation, hops };
}

function endedStep(mesh: Mesh, step: Explanation['hops'][number]['steps'][number], now: number): typeof step {
  const { origin } = step;
  if (origin?.kind !== 'FaultPolicy') return step;
  const end = endMs(mesh.policies.get(makeDocumentKey('weft.dev', origin.kind, origin.namespace, origin.name)));
  return end === undefined || end > now ? step : { ...step, value: `none: ended at ${new Date(end).toISOString()}` };
}
