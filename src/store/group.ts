// One group commit: the calls that came in during a turn of the event loop, and what each of them is told afterwards.
import { ok, type Result } from '../base/index.ts';
import type { Document } from '../model/index.ts';
import type { Write, WriteFailure } from './port.ts';
import type { Staging } from './staging.ts';
import type { StagedValue } from './tables.ts';

type Waiting<T> = { readonly resolve: (value: T) => void; readonly reject: (error: unknown) => void };

/** A call that waits for the commit. */
export type Call =
  | ({ readonly kind: 'write'; readonly writes: readonly Write[]; readonly author: string } & Waiting<Result<readonly Document[], WriteFailure>>)
  | ({ readonly kind: 'value' } & StagedValue & Waiting<void>)
  | ({ readonly kind: 'claim'; readonly area: string; readonly key: string; readonly value: string } & Waiting<boolean>);

export interface StagedGroup {
  readonly values: readonly StagedValue[];
  /** Tells every caller its result; to be called after the commit. */
  readonly settle: readonly (() => void)[];
}

class StagedValues {
  readonly #staged = new Map<string, StagedValue>();
  readonly #read: (area: string, key: string) => string | undefined;

  constructor(read: (area: string, key: string) => string | undefined) {
    this.#read = read;
  }

  get(area: string, key: string): string | undefined {
    const staged = this.#staged.get(JSON.stringify([area, key]));
    return staged === undefined ? this.#read(area, key) : staged.value;
  }

  set(value: StagedValue): void {
    if (this.get(value.area, value.key) !== value.value) this.#staged.set(JSON.stringify([value.area, value.key]), value);
  }

  all(): readonly StagedValue[] {
    return [...this.#staged.values()];
  }
}

function stageOne(call: Call, staging: Staging, values: StagedValues): () => void {
  if (call.kind === 'write') {
    const result = staging.add(call.writes, call.author);
    return () => call.resolve(result);
  }
  if (call.kind === 'value') {
    values.set(call);
    return () => call.resolve();
  }
  const free = values.get(call.area, call.key) === undefined;
  if (free) values.set({ area: call.area, key: call.key, value: call.value });
  return () => call.resolve(free);
}

/** Stages every call in its order; one that throws (a value that is no JSON) fails alone. */
export function stageGroup(calls: readonly Call[], staging: Staging, read: (area: string, key: string) => string | undefined): StagedGroup {
  const values = new StagedValues(read);
  const settle = calls.map((call) => {
    try {
      return stageOne(call, staging, values);
    } catch (error) {
      return () => call.reject(error);
    }
  });
  return { values: values.all(), settle };
}

/** The result of a call that asks for nothing. */
export const NOTHING: Result<readonly Document[], WriteFailure> = ok([]);
