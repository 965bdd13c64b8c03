// What holds at a place: layers laid over each other field by field, the more specific one winning, and for every field where it
// comes from and whom it overrides. `weft effective`, explain and the statuses read exactly this.
import type { Origin } from '../base/index.ts';
import type { Policy } from '../model/index.ts';

export interface FieldSource {
  readonly origin: Origin;
  /** `Service/checkout`, `Mesh default`, … */
  readonly words: string;
  /** Absent for defaults and for what a route's own rule says. */
  readonly policy?: Policy;
}

/** Somebody who is not heard, and what it said. */
export interface Overridden extends FieldSource {
  readonly value: unknown;
}

export interface EffectiveField {
  /** As in the spec, without `spec.`: `budget.percent`. */
  readonly path: string;
  readonly value: unknown;
  readonly from: FieldSource;
  /** Those that said something else, the most specific first. */
  readonly over: readonly Overridden[];
}

/** `spec` has the shape of the policy's schema; a field that no layer gives is not in it. */
export interface Effective {
  readonly spec: Readonly<Record<string, unknown>>;
  /** By path, sorted as they were first given. */
  readonly fields: ReadonlyMap<string, EffectiveField>;
  /** Documents among the layers, the least specific first. */
  readonly policies: readonly Policy[];
}

export interface Layer {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly sourceOf: (path: string) => FieldSource;
  readonly policy?: Policy;
}

type Fields = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Every field of a spec that is merged by itself. */
export function leavesOf(spec: Fields, atomic: readonly string[], prefix = ''): readonly (readonly [path: string, value: unknown])[] {
  return Object.entries(spec).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    if (value === undefined) return [];
    return isMap(value) && !atomic.includes(path) ? leavesOf(value, atomic, path) : [[path, value] as const];
  });
}

/** Lays layers over each other, the least specific first. */
export function merge(layers: readonly Layer[], atomic: readonly string[]): Effective {
  const fields = new Map<string, EffectiveField>();
  for (const layer of layers) {
    for (const [path, value] of leavesOf(layer.spec, atomic)) {
      const before = fields.get(path);
      const over = before === undefined ? [] : [{ ...before.from, value: before.value }, ...before.over];
      fields.set(path, { path, value, from: layer.sourceOf(path), over });
    }
  }
  return { spec: specOf(fields), fields, policies: layers.flatMap((layer) => layer.policy ?? []) };
}

function specOf(fields: ReadonlyMap<string, EffectiveField>): Fields {
  const spec: Record<string, unknown> = {};
  for (const { path, value } of fields.values()) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let at = spec;
    for (const key of keys) {
      at[key] ??= {};
      at = at[key] as Record<string, unknown>;
    }
    at[last] = value;
  }
  return spec;
}

/** Where a field comes from, for resources that are made of it. */
export function originAt(effective: Effective, path: string, otherwise: Origin): Origin {
  return effective.fields.get(path)?.from.origin ?? otherwise;
}

/** Where the nearest given field at or below `path` comes from. */
export function originBelow(effective: Effective, path: string): Origin | undefined {
  for (const [each, field] of effective.fields) if (each === path || each.startsWith(`${path}.`)) return field.from.origin;
  return undefined;
}

/** The document that decides a field, as reasons name it: `TimeoutPolicy shop/checkout`; undefined where no policy says anything. */
export function decidedBy(effective: Effective, path: string): string | undefined {
  const policy = effective.fields.get(path)?.from.policy;
  return policy === undefined ? undefined : `${policy.kind} ${policy.namespace}/${policy.name}`;
}

/** Documents behind what holds, each once: whom to blame when Envoy refuses what is made of it. */
export function policyOrigins(effective: readonly Effective[]): readonly Origin[] {
  return [...new Set(effective.flatMap((each) => each.policies))].map((policy) => policy.origin);
}
