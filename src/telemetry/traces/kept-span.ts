// A span as a proxy reports it -> what is kept of it.
import type { SpanSide, SpanView } from '../../api/index.ts';
import { OWN_TAG, type ReportedSpan, readJoined, SPAN_TAG, SPAN_VALUES, type SpanValueName, UPSTREAM_TAG } from '../../envoy/index.ts';
import { causeOf } from '../cause.ts';
import { clean, cleanHost, cleanPath, withoutSecrets } from '../clean.ts';
import type { Sender } from '../sender.ts';
import { templateOf } from '../template.ts';
import { whose } from '../whose.ts';
import { readB3 } from './b3.ts';

/** A span without what is only known among others. */
export type KeptSpan = Omit<SpanView, 'inferred'>;

const SHORT = 300;
const MOST_OWN = 32;
const MOST_DURATION_US = 86_400_000_000;
/** A machine's clock may be wrong; what is kept goes by ours when it is by more than this. */
const MOST_SKEW_US = 12 * 3_600_000_000;

const SIDES: Readonly<Record<string, SpanSide>> = { outbound: 'outbound', inbound: 'inbound', gateway: 'gateway' };

const number = (text: string | undefined, otherwise: number): number => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : otherwise);

/** Envoy joins scheme, host and path; whatever it is, nothing of it is trusted to be a URL. */
function addressed(url: string): { readonly host: string; readonly path: string } {
  const found = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)(.*)$/is.exec(url);
  return found === null ? { host: '', path: cleanPath(url) } : { host: cleanHost(found[1] ?? ''), path: cleanPath(found[2] || '/') };
}

/** What policies have written on it: bounded, and without secrets. */
function ownTags(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = Object.entries(tags).filter(([key]) => key.startsWith(OWN_TAG));
  return Object.fromEntries(own.slice(0, MOST_OWN).map(([key, value]) => [clean(key.slice(OWN_TAG.length), 64), withoutSecrets(clean(value, SHORT))]));
}

function serviceOfCluster(cluster: string): string {
  const found = /^outbound\|\d+\|[^|]*\|([^.#|]+)\.([^.#|]+)\.mesh(?:#.*)?$/.exec(cluster);
  return found === null ? '' : `${found[2]}/${found[1]}`;
}

function times({ startUs, endUs }: ReportedSpan, nowUs: number): { readonly startUs: number; readonly durationUs: number } {
  const durationUs = Math.min(Math.max(0, endUs - startUs), MOST_DURATION_US);
  return { startUs: Math.abs(startUs - nowUs) > MOST_SKEW_US ? nowUs - durationUs : startUs, durationUs };
}

/** Of the last try only is known how long it took, so with several the proxy's part is not. */
function shares(upstreamUs: number, { upstream, durationUs, attempts }: { readonly upstream: string; readonly durationUs: number; readonly attempts: number }) {
  if (upstreamUs >= 0) return { upstreamUs, proxyUs: attempts > 1 ? -1 : Math.max(0, durationUs - upstreamUs) };
  return { upstreamUs: -1, proxyUs: upstream === '' ? durationUs : -1 };
}

/** Envoy says `-` of what it does not know. */
const known = (value = ''): string => (value === '-' ? '' : value);

/** What is kept of a span. Its proxy's token says whose it is, or for whom that may speak. */
export function keptSpan(reported: ReportedSpan, teller: Sender, nowUs: number): KeptSpan {
  const { tags } = reported;
  const values = readJoined(SPAN_VALUES, tags[SPAN_TAG] ?? '');
  const said = (name: SpanValueName): string => known(values.get(name));
  const sender = whose(teller, values.get('workload'));
  const upstream = known(tags[UPSTREAM_TAG]);
  const side = SIDES[said('side')] ?? 'inbound';
  const { host, path } = addressed(tags['http.url'] ?? '');
  const time = times(reported, nowUs);
  const attempts = number(said('attempts'), 0);
  const status = number(tags['http.status_code'], 0);
  const flags = (tags['response_flags'] ?? '').split(',').filter((flag) => /^[A-Z]{2,6}$/.test(flag));
  const method = clean(tags['http.method'] ?? '', 32);
  const cluster = clean(tags['upstream_cluster'] ?? '', SHORT);
  const b3 = readB3(said('b3'), said('b3Span'), said('b3Parent'));
  const blame = said('blame') === '' ? {} : { blame: said('blame') };
  return {
    id: reported.id,
    parent: reported.parent,
    trace: reported.trace,
    ...(b3 === undefined ? {} : { b3 }),
    side,
    kind: reported.kind,
    service: sender.service,
    namespace: sender.proxy.split('/', 1)[0] ?? '',
    workload: sender.proxy,
    peer: side === 'inbound' ? '' : clean(said('service') || serviceOfCluster(cluster), SHORT),
    name: `${method} ${templateOf(path)}`.trim(),
    ...time,
    method,
    host,
    path,
    status,
    grpcStatus: clean(tags['grpc.status_code'] ?? '', 8),
    error: tags['error'] === 'true' || status === 0 || status >= 500,
    request: clean(tags['guid:x-request-id'] ?? '', 128),
    route: clean(said('route'), SHORT),
    cluster: cluster === '-' ? '' : cluster,
    upstream: clean(upstream, SHORT),
    ...causeOf({ flags, tags: blame, upstreamFailure: '', reason: said('reason') }),
    flags,
    attempts,
    ...shares(number(said('upstreamUs'), -1), { upstream, durationUs: time.durationUs, attempts }),
    attributes: ownTags(tags),
  };
}
