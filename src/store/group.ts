// One group commit: the calls that came in during a turn of the event loop, and what each of them is told afterwards.
import { ok, type Result } from '../base/index.ts';
import { type Document, differences, documentKey, saidBy, splitDocumentKey } from '../model/index.ts';
import { type AuditFacts, contentDigest } from './audit.ts';
import type { Write, WriteFailure } from './port.ts';
import type { StagedChange, Staging } from './staging.ts';
import type { StagedValue } from './tables.ts';

type Waiting<T> = { readonly resolve: (value: T) => void; readonly reject: (error: unknown) => void };

/** A call that waits for the commit. */
export type Call =
  | ({ readonly kind: 'write'; readonly writes: readonly Write[]; readonly author: string } & Waiting<Result<readonly Document[], WriteFailure>>)
  | ({ readonly kind: 'record'; readonly facts: readonly AuditFacts[] } & Waiting<void>)
  | ({ readonly kind: 'value' } & StagedValue & Waiting<void>)
  | ({ readonly kind: 'claim'; readonly area: string; readonly key: string; readonly value: string } & Waiting<boolean>);

export interface StagedGroup {
  readonly values: readonly StagedValue[];
  readonly audit: readonly AuditFacts[];
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

const MOST_FIELDS = 20;
const LONGEST_PATH = 200;

function fieldsOf(before: Document, after: Document): readonly string[] {
  return differences(saidBy(before), saidBy(after), MOST_FIELDS).map(({ path }) => path.slice(0, LONGEST_PATH));
}

/** What a cluster does with its pods is no change that anybody made, and there is much of it. */
const isChurn = (write: Write): boolean =>
  write.kind !== 'status' && write.mirrored === true && splitDocumentKey(write.kind === 'put' ? documentKey(write.document) : write.key).kind === 'Workload';

/** What the audit log says of writes that went through; statuses are Weft's own notes. */
function factsOf({ writes, author }: Call & { readonly kind: 'write' }, changes: readonly StagedChange[], digestKey: string): readonly AuditFacts[] {
  const digest = (document: Document): string => contentDigest(digestKey, JSON.stringify(document));
  return writes.flatMap((write): readonly AuditFacts[] => {
    if (write.kind === 'status' || isChurn(write)) return [];
    const key = write.kind === 'put' ? documentKey(write.document) : write.key;
    const { namespace } = splitDocumentKey(key);
    const change = changes.find((each) => each.key === key)?.change;
    const common = { who: author, what: key, namespace };
    if (change === undefined) return [{ ...common, verb: 'update', result: 'unchanged' }];
    const { revision, document } = change;
    if (change.kind === 'delete') return [{ ...common, verb: 'delete', result: 'done', before: digest(document), revision }];
    const { previous, created } = change;
    const before = previous === undefined ? {} : { before: digest(previous), fields: fieldsOf(previous, document) };
    return [{ ...common, verb: created ? 'create' : 'update', result: 'done', ...before, after: digest(document), revision }];
  });
}

interface Stage {
  readonly staging: Staging;
  readonly values: StagedValues;
  readonly audit: AuditFacts[];
  readonly digestKey: string;
}

function stageOne(call: Call, { staging, values, audit, digestKey }: Stage): () => void {
  if (call.kind === 'write') {
    const before = staging.changes.length;
    const result = staging.add(call.writes, call.author);
    if (result.ok) audit.push(...factsOf(call, staging.changes.slice(before), digestKey));
    return () => call.resolve(result);
  }
  if (call.kind === 'record') {
    audit.push(...call.facts);
    return () => call.resolve();
  }
  if (call.kind === 'value') {
    values.set(call);
    return () => call.resolve();
  }
  const free = values.get(call.area, call.key) === undefined;
  if (free) values.set({ area: call.area, key: call.key, value: call.value });
  return () => call.resolve(free);
}

export interface GroupOptions {
  readonly staging: Staging;
  readonly read: (area: string, key: string) => string | undefined;
  /** Key of the digests in the audit log. */
  readonly digestKey: string;
}

/** Stages every call in its order; one that throws (a value that is no JSON) fails alone. */
export function stageGroup(calls: readonly Call[], { staging, read, digestKey }: GroupOptions): StagedGroup {
  const values = new StagedValues(read);
  const audit: AuditFacts[] = [];
  const settle = calls.map((call) => {
    try {
      return stageOne(call, { staging, values, audit, digestKey });
    } catch (error) {
      return () => call.reject(error);
    }
  });
  return { values: values.all(), audit, settle };
}

/** The result of a call that asks for nothing. */
export const NOTHING: Result<readonly Document[], WriteFailure> = ok([]);
