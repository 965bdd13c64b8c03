// What the address says: everything that a page shows can be sent to somebody as a link. Pure; the router is asked in use-address.ts.

/** Parameters of the address, all of them text. Those of the frame are `ns`, `range`, `from`, `to`; a page has names of its own. */
export type Search = Readonly<Record<string, string | undefined>>;

export const RANGES = ['5m', '15m', '1h', '6h', '24h', '7d'] as const;
export type Range = (typeof RANGES)[number];
export const DEFAULT_RANGE: Range = '15m';

const RANGE_MS: Readonly<Record<Range, number>> = {
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '6h': 21_600_000,
  '24h': 86_400_000,
  '7d': 604_800_000,
};

/** The span of time that everything on the page is about. */
export type Span =
  /** The last so much, moving with the clock. */
  | { readonly kind: 'last'; readonly range: Range; readonly ms: number }
  /** Fixed; epoch ms. */
  | { readonly kind: 'fixed'; readonly from: number; readonly to: number; readonly ms: number };

const isRange = (text: string | undefined): text is Range => RANGES.includes(text as Range);

/** Whatever stands in the address, the answer is a span: what cannot be read is the default. */
export function spanOf({ range, from, to }: Search): Span {
  const [start, end] = [Date.parse(from ?? ''), Date.parse(to ?? '')];
  if (Number.isFinite(start) && Number.isFinite(end) && start < end) return { kind: 'fixed', from: start, to: end, ms: end - start };
  const known = isRange(range) ? range : DEFAULT_RANGE;
  return { kind: 'last', range: known, ms: RANGE_MS[known] };
}

/** `since` and `until` as the API takes them. */
export function spanQuery(span: Span): { readonly since: string; readonly until?: string } {
  return span.kind === 'last' ? { since: span.range } : { since: new Date(span.from).toISOString(), until: new Date(span.to).toISOString() };
}

/** A duration as the command line reads it; it takes no more than five digits of a unit. */
function back(ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  return minutes < 10_000 ? `${minutes}m` : `${Math.ceil(minutes / 60)}h`;
}

/** `--since` of the commands, for what the page shows: how far back it begins. */
export function spanFlags(span: Span, now = Date.now()): string {
  return ` --since ${span.kind === 'last' ? span.range : back(now - span.from)}`;
}

/** `-n` of the commands: all namespaces when none is chosen. */
export function scopeFlags({ ns }: Search): string {
  return ns === undefined || ns === '' ? ' -A' : ` -n ${ns}`;
}

/** The text after `?`; empty values are left out, so that the same state is always the same address. */
export function writeSearch(search: Search): string {
  const pairs = Object.entries(search).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value] as const]));
  const text = new URLSearchParams(pairs.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, value])).toString();
  return text === '' ? '' : `?${text}`;
}

/** The opposite of writeSearch; the first of several values counts. */
export function readSearch(text: string): Search {
  const found: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) found[name] ??= value;
  return found;
}

/** What goes along when one moves to another page: scope and time, not what the page before was about. */
export function carried({ ns, range, from, to }: Search): Search {
  return { ns, range, from, to };
}
