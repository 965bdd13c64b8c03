// Sums -> the numbers that people look at.
import type { CodesView, GoldenView } from '../../api/index.ts';
import { type Labels, OTHER, UNKNOWN } from './labels.ts';
import { quantile, Sums } from './sums.ts';

/** Envoy's words for what is nobody's failure: whoever asked went away, or a delay on purpose. */
const HARMLESS: ReadonlySet<string> = new Set(['-', '', 'DC', 'DR', 'DI', 'DPE']);
/** The connection to whom was asked broke, though a status had come already. */
const BROKEN: ReadonlySet<string> = new Set(['UC', 'UR', 'UPE', 'UF', 'UT', 'LR', 'SI', 'DT', 'UMSDR']);
/** UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS: the server's fault. https://grpc.io/docs/guides/status-codes/ */
const GRPC_FAILED: ReadonlySet<string> = new Set(['2', '4', '13', '14', '15']);

const flagsOf = ({ response_flags: flags }: Labels): readonly string[] => flags.split(',');

export function isFailure(labels: Labels): boolean {
  const { response_code: code, grpc_response_status: status } = labels;
  if (code.startsWith('5') || GRPC_FAILED.has(status)) return true;
  return flagsOf(labels).some((flag) => BROKEN.has(flag));
}

const isByMesh = (labels: Labels): boolean => flagsOf(labels).some((flag) => !HARMLESS.has(flag));

export function codeClass({ response_code: code }: Labels): keyof CodesView {
  return /^[1-5]/.test(code) ? (`${code.slice(0, 1)}xx` as keyof CodesView) : 'none';
}

/** `200`, `grpc 14`, `none`. */
export function codeName({ response_code: code, grpc_response_status: status }: Labels): string {
  if (status !== '') return `grpc ${status}`;
  return code === '' || code === '0' ? 'none' : code;
}

/** Numbers of some series together. */
export class Golden {
  readonly sums = new Sums();
  failures = 0;
  #byMesh = 0;
  #secured = 0;
  #plaintext = 0;
  readonly #codes = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0, none: 0 };
  readonly protocols = new Set<'http' | 'grpc' | 'tcp'>();

  add(labels: Labels, sums: Sums, weight: number): void {
    this.sums.add(sums, weight);
    const requests = sums.requests * weight;
    if (isFailure(labels)) this.failures += requests;
    if (isByMesh(labels)) this.#byMesh += requests;
    this.#codes[codeClass(labels)] += requests;
    const security = labels.connection_security_policy;
    if (security === 'mutual_tls') this.#secured += requests + sums.opened * weight;
    else if (security === 'none') this.#plaintext += requests + sums.opened * weight;
    const protocol = labels.request_protocol;
    if ((requests > 0 && (protocol === 'http' || protocol === 'grpc')) || (protocol === 'tcp' && sums.opened + sums.closed > 0)) this.protocols.add(protocol);
  }

  /** Of 1; null of nothing that has reached anybody. */
  get secured(): number | null {
    const all = this.#secured + this.#plaintext;
    return all === 0 ? null : share(this.#secured, all);
  }

  view(seconds: number): GoldenView {
    const { sums, failures } = this;
    const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 100) / 100);
    const measured = sums.buckets?.reduce((sum, each) => sum + each, 0) ?? 0;
    const perSecond = (value: number): number => Math.round((value / seconds) * 1000) / 1000;
    return {
      requests: Math.round(sums.requests),
      rps: perSecond(sums.requests),
      failures: Math.round(failures),
      successRate: sums.requests <= 0 ? null : share(sums.requests - failures, sums.requests),
      byMesh: Math.round(this.#byMesh),
      codes: Object.fromEntries(Object.entries(this.#codes).map(([name, count]) => [name, Math.round(count)])) as unknown as CodesView,
      p50Ms: rounded(quantile(sums.buckets, 0.5)),
      p90Ms: rounded(quantile(sums.buckets, 0.9)),
      p95Ms: rounded(quantile(sums.buckets, 0.95)),
      p99Ms: rounded(quantile(sums.buckets, 0.99)),
      meanMs: measured <= 0 ? null : rounded(sums.durationMs / measured),
      receivedBytesPerSecond: perSecond(sums.requestBytes + sums.receivedBytes),
      sentBytesPerSecond: perSecond(sums.responseBytes + sums.sentBytes),
      opened: Math.round(sums.opened),
      closed: Math.round(sums.closed),
    };
  }
}

const share = (part: number, whole: number): number => Math.round((part / whole) * 1e6) / 1e6;

/** One series with what it comes to in a window. */
export interface Counted {
  readonly text: string;
  readonly labels: Labels;
  readonly sums: Sums;
}

const volume = ({ requests, opened, requestBytes, responseBytes, receivedBytes, sentBytes, refusals }: Sums): number =>
  requests + opened || (requestBytes + responseBytes + receivedBytes + sentBytes + refusals > 0 ? 1 : 0);

/** What one key was told of by each side. */
interface Sides {
  source: number;
  destination: number;
}

/** What all callers' proxies told of a service, and what those that are folded did (over a budget: nobody knows any more whose they are). */
interface OfService {
  told: number;
  foldedSource: number;
  /** Told by the callee alone, of callers that have a name. */
  unmatched: number;
}

const isDestination = ({ labels }: Counted): boolean => labels.reporter === 'destination';
const isPlaintext = ({ labels }: Counted): boolean => labels.connection_security_policy !== 'mutual_tls';
const isFolded = ({ labels }: Counted): boolean => labels.source_principal === OTHER;

/**
 * What the two ends of a call agree on. `called`: the service, for numbers of services; a workload that several Services pick is told of under
 * each. `pair`: who it is between, for numbers of edges, since the caller says which backend a route chose, and the callee what it is.
 */
export type AgreedOn = 'called' | 'pair';

function keyOf({ labels }: Counted, plaintext: boolean, agreed: AgreedOn): string {
  if (agreed === 'pair' && !plaintext) return `${labels.destination_principal} ${labels.source_principal}`;
  return `${labels.destination_service} ${plaintext ? UNKNOWN : labels.source_principal}`;
}

/**
 * How much of each series counts, so that every request counts once: what the caller's proxy saw, or the callee's where no proxy of the caller told
 * anything. Plaintext callers have no name at the callee: of them only as many count as are more than plaintext that callers' proxies told of.
 * Where one end is over its budget and folded, the other end's numbers are those that count.
 */
export function weightsOf(counted: readonly Counted[], agreed: AgreedOn = 'called'): ReadonlyMap<string, number> {
  const sides = new Map<string, Sides>();
  const services = new Map<string, OfService>();
  const sidesOf = (each: Counted): Sides => entry(sides, keyOf(each, isPlaintext(each), agreed), () => ({ source: 0, destination: 0 }));
  const serviceOf = ({ labels }: Counted): OfService => entry(services, labels.destination_service, () => ({ told: 0, foldedSource: 0, unmatched: 0 }));
  for (const each of counted) {
    const many = volume(each.sums);
    sidesOf(each)[isDestination(each) ? 'destination' : 'source'] += many;
    if (isDestination(each) || isPlaintext(each)) continue;
    serviceOf(each).told += many;
    if (isFolded(each)) serviceOf(each).foldedSource += many;
  }
  for (const each of counted)
    if (isDestination(each) && !isPlaintext(each) && !isFolded(each) && sidesOf(each).source === 0) serviceOf(each).unmatched += volume(each.sums);
  return new Map(counted.map((each) => [each.text, isDestination(each) ? weightOf(each, sidesOf(each), serviceOf(each)) : 1]));
}

/** Of a series that a callee told. */
function weightOf(each: Counted, { source, destination }: Sides, { told, foldedSource, unmatched }: OfService): number {
  if (isPlaintext(each)) return destination === 0 ? 0 : Math.max(0, 1 - source / destination);
  if (isFolded(each)) return told > 0 ? 0 : 1;
  if (source > 0) return 0;
  return unmatched === 0 ? 1 : Math.max(0, 1 - foldedSource / unmatched);
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
