// How what a policy says is put into words where nobody wrote better ones.
import type { Effective, EffectiveField } from './effective.ts';
import type { PolicyWords } from './policy.ts';

/** `RateLimitPolicy` → `rate limit`. */
export function subjectOf(kind: string): string {
  return kind
    .replace(/Policy$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase();
}

/** A value in one line: `2s`, `GET, HEAD`, `{"name":"x"}`. */
export function valueWords(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueWords).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Fields that documents give, with their values; nothing when only defaults hold. */
export function plainWords({ fields }: Effective, acts: (field: EffectiveField) => boolean = () => true): PolicyWords | undefined {
  const written = [...fields.values()].filter((field: EffectiveField) => field.from.policy !== undefined && acts(field));
  const [first] = written;
  if (first === undefined) return undefined;
  return { value: written.map(({ path, value }) => `${path} ${valueWords(value)}`).join(', '), path: first.path };
}
