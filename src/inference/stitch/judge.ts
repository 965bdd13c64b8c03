// Judges what a call, or the end, adds to a history. Each is judged once, for all hypotheses that share it.
import { begin, extend, type Histories, look, noHistories, noStanding, type Standing } from './histories.ts';
import { END, likelihood, type Ways } from './ways.ts';
import type { Numbers } from './window.ts';

/** What speaks for a parent, or for none, beside time and order. */
export interface Aside {
  /** How likely a call is that no request caused, per unit of the clock. */
  alone(call: number): number;
  /** Of a call and the request that is to have made it. */
  between(inbound: number, call: number): number;
  atEnd(inbound: number, anyFailed: boolean): number;
  /** By turn: how much likelier a step is than by its own time alone. */
  readonly turns: Float64Array;
}

export class Judge {
  readonly histories: Histories = noHistories();
  readonly #children: number[] = [];
  readonly #standing: Standing = noStanding();
  readonly #numbers: Numbers;
  readonly #ways: Ways;
  readonly #aside: Aside;
  readonly #trust: number;

  constructor(numbers: Numbers, ways: Ways, { aside, trust }: { aside: Aside; trust: number }) {
    this.#numbers = numbers;
    this.#ways = ways;
    this.#aside = aside;
    this.#trust = trust;
  }

  begin(inbound: number): number {
    return begin(this.histories, this.#numbers, inbound);
  }

  /** The history with the call added. */
  child(node: number, call: number): number {
    const made = this.#children[node] ?? -1;
    if (made >= 0 && this.histories.call[made] === call) return made;
    const inbound = this.histories.inbound[node] ?? 0;
    const at = this.#numbers.callStarts[call] ?? 0;
    const likely = this.#likelihood(node, { at, kind: this.#numbers.calls[call] ?? 0 }) * this.#aside.between(inbound, call);
    const child = extend(this.histories, this.#numbers, { node, call, weight: likely ** this.#trust });
    this.#children[node] = child;
    return child;
  }

  weight(node: number): number {
    return this.histories.weight[node] ?? 0;
  }

  /** How likely the request ends as it did, after this history. */
  ending(node: number): number {
    const known = this.histories.ending[node] ?? -1;
    if (known >= 0) return known;
    const inbound = this.histories.inbound[node] ?? 0;
    const likely = this.#likelihood(node, { at: this.#numbers.ends[inbound] ?? 0, kind: END }) * this.#aside.atEnd(inbound, this.histories.failed[node] === 1);
    const weight = likely ** this.#trust;
    this.histories.ending[node] = weight;
    return weight;
  }

  alone(call: number): number {
    return this.#aside.alone(call) ** this.#trust;
  }

  #likelihood(node: number, { at, kind }: { at: number; kind: number }): number {
    look(this.histories, this.#numbers, { node, at }, this.#standing);
    const request = this.#numbers.operations[this.histories.inbound[node] ?? 0] ?? 0;
    return likelihood(this.#ways, { request, signature: this.histories.signature[node] ?? 0, call: kind }, this.#standing) + 1e-30;
  }
}
