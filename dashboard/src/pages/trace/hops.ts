// A trace as hops: the two spans that one call makes, at the caller's proxy and at the one it reaches, are one line. Pure.
import type { SpanView } from '../../../../src/api/index.ts';

export interface Hop {
  /** Of the span that stands for it. */
  readonly id: string;
  readonly depth: number;
  /** At the caller; undefined where nobody of the mesh called. */
  readonly client: SpanView | undefined;
  /** At the one that was called; undefined where no proxy stands there. */
  readonly server: SpanView | undefined;
  /** Service that was asked. */
  readonly service: string;
  readonly name: string;
  readonly status: number;
  readonly error: boolean;
  /** The edge to the line above was inferred from times: so sure. */
  readonly confidence: number | undefined;
  readonly startUs: number;
  readonly durationUs: number;
}

const CALLS: ReadonlySet<SpanView['side']> = new Set(['outbound', 'gateway']);

function hopOf(first: SpanView, server: SpanView | undefined, depth: number): Hop {
  const called = CALLS.has(first.side);
  const client = called ? first : undefined;
  const own = server ?? (called ? undefined : first);
  const sure = [first.inferred?.confidence, own === first ? undefined : own?.inferred?.confidence].filter((each) => each !== undefined);
  return {
    id: first.id,
    depth,
    client,
    server: own,
    service: own?.service || first.peer || first.service || first.workload,
    name: (own ?? first).name,
    status: first.status,
    error: first.error || own?.error === true,
    confidence: sure.length === 0 ? undefined : Math.min(...sure),
    startUs: first.startUs,
    durationUs: first.durationUs,
  };
}

/** The hops of a tree, a parent before its children, each with how deep it stands. Spans whose parent is not there stand at the top. */
export function hopsOf(tree: readonly SpanView[]): readonly Hop[] {
  const ids = new Set(tree.map(({ id }) => id));
  const children = Map.groupBy(tree, ({ parent, id }) => (parent !== id && ids.has(parent) ? parent : ''));
  const found: Hop[] = [];
  const seen = new Set<string>();
  const visit = (span: SpanView, depth: number): void => {
    if (seen.has(span.id)) return;
    seen.add(span.id);
    const own = children.get(span.id) ?? [];
    const inbound = CALLS.has(span.side) ? own.filter(({ side }) => side === 'inbound') : [];
    // A call that was tried again has several on the other end: each is a line of its own.
    const server = inbound.length === 1 ? inbound[0] : undefined;
    if (server !== undefined) seen.add(server.id);
    found.push(hopOf(span, server, depth));
    for (const child of [...own, ...(server === undefined ? [] : (children.get(server.id) ?? []))].toSorted((a, b) => a.startUs - b.startUs))
      visit(child, depth + 1);
  };
  for (const span of children.get('') ?? []) visit(span, 0);
  return found;
}

/** Where a failure came from, as far as can be seen: the deepest hop that failed, of several the first. */
export function culpritOf(hops: readonly Hop[]): Hop | undefined {
  return hops.reduce<Hop | undefined>((worst, hop) => (hop.error && (worst === undefined || hop.depth > worst.depth) ? hop : worst), undefined);
}

/** One part of a bar, in µs from the start of the hop. */
export interface Part {
  readonly of: 'way' | 'proxy' | 'application';
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * What the time of a hop went to, from outside to inside: the way there and back with the caller's proxy, the proxy of the one that is called,
 * its application. Clocks of two machines differ, so what is inside is put in the middle of what is around it where it would stick out.
 */
export function partsOf({ client, server, durationUs }: Hop): readonly Part[] {
  if (server === undefined) return [{ of: 'way', fromUs: 0, toUs: durationUs }];
  const inside = Math.min(server.durationUs, durationUs);
  const told = client === undefined ? 0 : server.startUs - client.startUs;
  const fromUs = told >= 0 && told + inside <= durationUs ? told : (durationUs - inside) / 2;
  const proxy: Part = { of: 'proxy', fromUs, toUs: fromUs + inside };
  const outside: readonly Part[] = client === undefined ? [] : [{ of: 'way', fromUs: 0, toUs: durationUs }];
  if (server.upstreamUs < 0) return [...outside, proxy];
  const application = Math.min(server.upstreamUs, inside);
  const start = fromUs + (inside - application) / 2;
  return [...outside, proxy, { of: 'application', fromUs: start, toUs: start + application }];
}

/** Round steps for an axis of so many µs: at most five of them. */
export function ticksOf(durationUs: number): readonly number[] {
  if (!(durationUs > 0)) return [0];
  const least = durationUs / 5;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= least) ?? power * 10;
  return Array.from({ length: Math.floor(durationUs / step) + 1 }, (_, at) => at * step);
}
