// Where contributions of policies enter Envoy's messages: the only place that knows both.
import {
  type ClusterSchema,
  FilterConfigSchema,
  type Init,
  type Packed,
  pack,
  type RouteActionSchema,
  type UpstreamHttpProtocolOptionsSchema,
} from '../../envoy/index.ts';
import { type Contribution, contributionOf, contributionsOf, type HttpFilterName } from '../../policy/index.ts';
import { COUNTED, extensionName } from './discovered.ts';
import { circuitBreakers } from './limits.ts';
import { routeTracing } from './route-tracing.ts';
import { TOKEN_FILTER, tokenFilterName } from './tokens.ts';

/** Envoy tells `config` left out (which it refuses) from one that is empty (which switches the filter on as the listener has it). */
const BARE_FILTER: Packed = pack(FilterConfigSchema, { config: { typeUrl: '', value: new Uint8Array() } });

type PerFilter = { readonly [name: string]: Packed };

/** Filters of a route or virtual host and some more, which win; nothing at all when there are none. */
export function withFilters(some: PerFilter | undefined, more: PerFilter): { readonly typedPerFilterConfig?: { [name: string]: Packed } } {
  const all = { ...some, ...more };
  return Object.keys(all).length === 0 ? {} : { typedPerFilterConfig: all };
}

function switchedOn(config: Packed | undefined): Packed {
  return config === undefined ? BARE_FILTER : pack(FilterConfigSchema, { config });
}

interface Switched {
  readonly filter: HttpFilterName;
  readonly config?: Packed;
  readonly place?: string;
}

/** One that is told by itself what it does has its place in its name. */
const nameOf = ({ filter, place }: Switched): string => {
  if (place === undefined) return filter;
  return filter === 'weft.local_ratelimit' ? extensionName(filter, place) : filter === TOKEN_FILTER ? tokenFilterName(place) : filter;
};

function perFilter(filters: readonly Switched[]): {
  readonly typedPerFilterConfig?: { [name: string]: Packed };
} {
  if (filters.length === 0) return {};
  return { typedPerFilterConfig: Object.fromEntries(filters.map((each) => [nameOf(each), switchedOn(each.config)])) };
}

/** `typed_per_filter_config` of a route: the filters that policies switch on for it. */
export function routeFilters(contributions: readonly Contribution[]) {
  return perFilter(contributionsOf(contributions, 'http-filter'));
}

/** A route's metadata: whom its reasons name (reasons.ts), with which routes it counts together (discovered.ts), how much of it is traced. */
export function routeMetadata(contributions: readonly Contribution[]) {
  const blamed = contributionsOf(contributions, 'blame').map(({ cause, policy }) => [cause, policy] as const);
  const counted = contributionsOf(contributions, 'extension').flatMap(({ among }) => (among === undefined ? [] : [[COUNTED, among] as const]));
  const said = [...blamed, ...counted];
  const { filterMetadata, ...traced } = routeTracing(contributions);
  const metadata = { ...(said.length === 0 ? {} : { weft: Object.fromEntries(said) }), ...filterMetadata };
  return { ...(Object.keys(metadata).length === 0 ? {} : { metadata: { filterMetadata: metadata } }), ...traced };
}

/** Fields of a route's action. Slots do not overlap, so their order does not matter. */
export function actionFields(contributions: readonly Contribution[]): Init<typeof RouteActionSchema> {
  return Object.assign({}, ...contributionsOf(contributions, 'route-action').map((each) => each.fields));
}

/** Routes that stand before a route, with the same action, for some of its requests. */
export function variantsOf(contributions: readonly Contribution[]) {
  return contributionsOf(contributions, 'http-filter-when').map(({ name, when, filters }) => ({
    name,
    when,
    ...perFilter([...contributionsOf(contributions, 'http-filter'), ...filters]),
  }));
}

/** Limits of a cluster, with the budget for retries that holds for it. */
export function limitsOf(contributions: readonly Contribution[], budget: Parameters<typeof circuitBreakers>[0]) {
  return circuitBreakers(budget, contributionOf(contributions, 'limits')?.values);
}

type Check = Extract<Contribution, { kind: 'health-check' }>['check'];

/** A check that names no host asks for the service itself. */
function withHost(check: Check, host: string): Check {
  const { healthChecker } = check;
  if (healthChecker?.case !== 'httpHealthCheck' || (healthChecker.value.host ?? '') !== '') return check;
  return { ...check, healthChecker: { case: 'httpHealthCheck', value: { ...healthChecker.value, host } as typeof healthChecker.value } };
}

/** Fields of a cluster that replace its defaults; `host` is what it is called by. */
export function clusterFields(contributions: readonly Contribution[], host: string): Init<typeof ClusterSchema> {
  const fields = Object.assign({}, ...contributionsOf(contributions, 'cluster').map((each) => each.fields));
  const checks = contributionsOf(contributions, 'health-check').map((each) => withHost(each.check, host));
  return checks.length === 0 ? fields : { ...fields, healthChecks: checks };
}

type HttpOptions = Init<typeof UpstreamHttpProtocolOptionsSchema>;

/** A cluster's HTTP options with what policies change of them; maps are joined one level deep. */
export function upstreamHttp(base: HttpOptions, contributions: readonly Contribution[]): HttpOptions {
  let options: HttpOptions = base;
  for (const { fields } of contributionsOf(contributions, 'upstream-http')) {
    const common = { ...options.commonHttpProtocolOptions, ...fields.commonHttpProtocolOptions };
    options = { ...options, ...fields, commonHttpProtocolOptions: common };
  }
  return options;
}
