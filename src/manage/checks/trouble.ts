// Calls that fail, since when, and the change that came right before. A rise begins with the first step of the latest run of bad steps; a change is
// named when it is the last one, of a document that leads to the service, in the two minutes before that step ends. That an instance is ready, or is not,
// is named only where nobody changed anything.
import type { ChangeView, EdgeView, SeriesView } from '../../api/index.ts';
import { type Document, type Mesh, type ServiceKey, selects } from '../../model/index.ts';

/** Fewer requests say nothing. */
const LEAST_REQUESTS = 20;
/** A share of failures that is worth a word, and one that is an outage. */
export const BAD_SHARE = 0.05;
export const GRAVE_SHARE = 0.5;
const BEFORE_MS = 120_000;

export interface Trouble {
  readonly edge: EdgeView;
  /** Of 1, of the last minutes. */
  readonly share: number;
  /** Of 1, since it began. */
  readonly current: number;
  /** Epoch ms. */
  readonly since: number;
  readonly after?: ChangeView;
}

export const shareOf = ({ requests, failures }: Pick<EdgeView, 'requests' | 'failures'>): number => (requests === 0 ? 0 : failures / requests);

/** Enough calls fail on it. */
export const isBad = (edge: EdgeView): boolean => edge.requests >= LEAST_REQUESTS && shareOf(edge) >= BAD_SHARE;

/** Edges on which calls fail, worst first. */
export function failing(edges: readonly EdgeView[]): readonly EdgeView[] {
  return edges.filter(isBad).toSorted((a, b) => shareOf(b) - shareOf(a));
}

/** When the latest run of bad steps began, epoch ms: steps without requests neither begin nor end one. Undefined when no step is bad. */
export function onsetOf({ times, lines }: Pick<SeriesView, 'times' | 'lines'>, source: string): number | undefined {
  const line = lines.find(({ name }) => name === source) ?? lines[0];
  let onset: number | undefined;
  for (const [at, time] of times.entries()) {
    const [requests, failures] = [line?.requests[at] ?? 0, line?.failures[at] ?? 0];
    if (requests === 0) continue;
    if (failures / requests < BAD_SHARE) onset = undefined;
    else onset ??= time;
  }
  return onset;
}

/** The first bad step, epoch ms, of a stretch in which one is known to be; undefined when none is bad by itself. */
export function firstBad({ times, lines }: Pick<SeriesView, 'times' | 'lines'>, source: string): number | undefined {
  const line = lines.find(({ name }) => name === source) ?? lines[0];
  return times.find((_, at) => {
    const [requests, failures] = [line?.requests[at] ?? 0, line?.failures[at] ?? 0];
    return requests > 0 && failures / requests >= BAD_SHARE;
  });
}

/** Said by the machine of an instance, over and over. */
const isMood = ({ what, verb }: ChangeView): boolean => what.kind === 'Workload' && verb === 'update';

/** The change that the rise is put down to: see above. `changes` newest first. */
export function blamed(
  changes: readonly ChangeView[],
  { since, stepMs, leads }: { readonly since: number; readonly stepMs: number; readonly leads: (change: ChangeView) => boolean },
): ChangeView | undefined {
  const before = changes.filter((change) => {
    const at = Date.parse(change.at);
    return at <= since + stepMs && at >= since - BEFORE_MS && leads(change);
  });
  return before.find((change) => !isMood(change)) ?? before[0];
}

interface Named {
  readonly kind?: unknown;
  readonly name?: unknown;
  readonly namespace?: unknown;
}

/** References of a document: what it attaches to, and where it sends. */
function* references(value: unknown): Generator<Named> {
  if (Array.isArray(value)) for (const each of value) yield* references(each);
  else if (typeof value === 'object' && value !== null) {
    if ('name' in value && typeof value.name === 'string') yield value;
    for (const each of Object.values(value)) yield* references(each);
  }
}

const WIDE = new Set(['Mesh', 'Namespace']);

const nameOf = ({ namespace, workload }: Pick<EdgeView['source'], 'namespace' | 'workload'>): string => `${namespace}/${workload}`;

/** Services behind an edge on which calls go wrong as well, near ones first: what fails there fails here. `wrong` says it of an edge. */
export function behind({ destination }: Pick<EdgeView, 'destination'>, edges: readonly EdgeView[], wrong: (edge: EdgeView) => boolean): readonly string[] {
  const bySource = Map.groupBy(edges.filter(wrong), ({ source }) => nameOf(source));
  const seen = new Set([nameOf(destination)]);
  const services = new Set<string>();
  for (const at of seen)
    for (const edge of bySource.get(at) ?? []) {
      services.add(edge.destination.called);
      seen.add(nameOf(edge.destination));
    }
  return [...services];
}

/** Of the requests from a moment on, how many failed, of 1. */
export function shareFrom({ times, lines }: Pick<SeriesView, 'times' | 'lines'>, source: string, since: number): number {
  const line = lines.find(({ name }) => name === source) ?? lines[0];
  const sum = (counts: readonly number[] = []): number => counts.reduce((all, count, at) => all + ((times[at] ?? 0) >= since ? count : 0), 0);
  return shareOf({ requests: sum(line?.requests), failures: sum(line?.failures) });
}

/** Whether a document can change what becomes of calls to the service: it is of the mesh, the service itself, behind it, or names it. */
export function leadsTo(document: Pick<Document, 'kind' | 'metadata' | 'spec'>, service: ServiceKey, mesh: Mesh | undefined): boolean {
  const [namespace = '', name = ''] = service.split('/');
  const { kind, metadata, spec } = document;
  if (kind === 'Mesh') return true;
  if (kind === 'Service' || kind === 'ExternalService') return metadata.namespace === namespace && metadata.name === name;
  if (kind === 'Workload') {
    const selector = mesh?.services.get(service)?.selector;
    return metadata.namespace === namespace && selector !== undefined && Object.keys(selector).length > 0 && selects(selector, metadata.labels);
  }
  for (const each of references(spec)) {
    if (metadata.namespace === namespace && WIDE.has(String(each.kind))) return true;
    if (each.name === name && (each.namespace ?? metadata.namespace) === namespace) return true;
  }
  return false;
}
