// Calls that go wrong, since when, and the change that came right before. A rise begins with the first step of the latest run of bad steps; a change is
// named when it is the last one, of a document that leads to the service, in the two minutes before that step ends. That an instance is ready, or is not,
// is named only where nobody changed anything.
import type { ChangeView, EdgeView, SeriesView } from '../../api/index.ts';
import { type Document, type Mesh, type ServiceKey, selects } from '../../model/index.ts';
import { type Call, callsOf, versionsOf } from './calls.ts';

/** Fewer requests say nothing. */
const LEAST_REQUESTS = 20;
/** A share of failures that is worth a word, and one that is an outage. */
export const BAD_SHARE = 0.05;
export const GRAVE_SHARE = 0.5;
const BEFORE_MS = 120_000;

interface Told {
  readonly call: Call;
  /** Epoch ms. */
  readonly since: number;
  readonly after?: ChangeView;
  /** Services further on where it goes wrong as well, near ones first: they are looked at first. */
  readonly behind: readonly string[];
}

/** Calls that fail: the share of the last minutes, and since it began, of 1. */
export interface Failing extends Told {
  readonly kind: 'failing';
  readonly share: number;
  readonly current: number;
}

/** Calls that take much longer than they used to; medians. */
export interface Slowed extends Told {
  readonly kind: 'slow';
  readonly nowMs: number;
  readonly usualMs: number;
}

export type Trouble = Failing | Slowed;

export const shareOf = ({ requests, failures }: Pick<EdgeView, 'requests' | 'failures'>): number => (requests === 0 ? 0 : failures / requests);

/** Enough calls fail on it. */
export const isBad = (edge: EdgeView): boolean => edge.requests >= LEAST_REQUESTS && shareOf(edge) >= BAD_SHARE;

/** Calls that fail, worst first. Where only some versions of a service fail, theirs. */
export function failing(edges: readonly EdgeView[]): readonly Call[] {
  const found = callsOf(edges).flatMap((call) => {
    const versions = versionsOf(call, edges);
    const bad = versions.filter(isBad);
    if (bad.length > 0 && bad.length < versions.length) return bad;
    return bad.length > 0 || isBad(call) ? [call] : [];
  });
  return found.toSorted((a, b) => shareOf(b) - shareOf(a));
}

/** Whether a step is one of those that are looked for; undefined where there is nothing to tell it by. */
type Step = (at: number) => boolean | undefined;

/** When the latest run of such steps began, epoch ms. Undefined when there is none, or it has ended. */
export function runOf(times: readonly number[], step: Step): number | undefined {
  let onset: number | undefined;
  for (const [at, time] of times.entries()) {
    const is = step(at);
    if (is === undefined) continue;
    if (is) onset ??= time;
    else onset = undefined;
  }
  return onset;
}

/** The first such step, epoch ms, of a stretch in which one is known to be. */
export const firstOf = (times: readonly number[], step: Step): number | undefined => times.find((_, at) => step(at) === true);

type Lines = Pick<SeriesView, 'lines'>;

/** Of all callers together. */
function countOf({ lines }: Lines, callers: readonly string[], of: 'requests' | 'failures'): (at: number) => number {
  const own = lines.filter(({ name }) => callers.includes(name));
  return (at) => (own.length === 0 ? lines.slice(0, 1) : own).reduce((all, line) => all + (line[of][at] ?? 0), 0);
}

/** Whether enough calls failed in a step. */
export function badStep(series: Lines, callers: readonly string[]): Step {
  const [requests, failures] = [countOf(series, callers, 'requests'), countOf(series, callers, 'failures')];
  return (at) => (requests(at) === 0 ? undefined : failures(at) / requests(at) >= BAD_SHARE);
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
export function behind<Edge extends Pick<EdgeView, 'source' | 'destination'>>(
  { destination }: Edge,
  edges: readonly Edge[],
  wrong: (edge: Edge) => boolean,
): readonly string[] {
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

/** Of those, where it begins: nothing that they call goes wrong as well. All of them where they call each other in a circle. */
export function sourcesOf<Edge extends Pick<EdgeView, 'source' | 'destination'>>(
  edge: Edge,
  edges: readonly Edge[],
  wrong: (edge: Edge) => boolean,
): readonly string[] {
  const further = behind(edge, edges, wrong);
  const first = further.filter((service) =>
    edges.every((each) => each.destination.called !== service || !wrong(each) || behind(each, edges, wrong).length === 0),
  );
  return first.length === 0 ? further : first;
}

/** Of the requests from a moment on, how many failed, of 1. */
export function shareFrom(series: Pick<SeriesView, 'times' | 'lines'>, callers: readonly string[], since: number): number {
  const sum = (of: 'requests' | 'failures'): number => {
    const count = countOf(series, callers, of);
    return series.times.reduce((all, time, at) => all + (time >= since ? count(at) : 0), 0);
  };
  return shareOf({ requests: sum('requests'), failures: sum('failures') });
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
