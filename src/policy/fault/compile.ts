import { allOf, anyOf, before, type Condition, chosen, duration, extension, HttpFaultSchema, headerIs, percent } from '../../envoy/index.ts';
import { parseDuration } from '../../model/index.ts';
import type { Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { endOf } from './ending.ts';
import type { Fault } from './schema.ts';

/**
 * Faults where requests arrive: that is where who calls is known for certain, and where timeouts and retries of callers see them like
 * those of an application. At Gateways, and at callers of a route or of a server outside, nobody says who calls: faults for some callers
 * are not there. The end is a condition on the proxy's own clock, so it comes with no control plane as well.
 */
export function compileFaults(effective: Effective, site: Site): readonly Contribution[] {
  const policy = effective.policies.at(-1);
  const end = policy === undefined ? undefined : endOf(policy);
  if (site.protocol === 'tcp' || policy === undefined || end === undefined) return [];
  const all = policy.spec['faults'] as readonly Fault[];
  const faults = site.side === 'inbound' ? all : all.filter(({ from }) => from === undefined);
  if (faults.length === 0) return [];
  const config = chosen(
    faults.map((fault) => ({ when: conditionOf(fault, end, site), filter: extension('envoy.filters.http.fault', HttpFaultSchema, filterOf(fault)) })),
  );
  const { origin } = policy;
  return [
    { kind: 'http-filter', filter: 'weft.fault', config, origin },
    { kind: 'blame', cause: 'fault', policy: `${policy.kind} ${policy.namespace}/${policy.name}`, origin },
  ];
}

/** What takes nothing first, the clock last. */
function conditionOf({ from, match }: Fault, end: string, { trustDomain }: Site): Condition {
  const [first, ...others] = (from ?? []).map((caller) => isCaller(caller, trustDomain));
  const callers = first === undefined ? [] : [anyOf([first, ...others])];
  const { method, pathPrefix, headers = [] } = match ?? {};
  const conditions = [
    ...(method === undefined ? [] : [headerIs(':method', 'exact', method)]),
    ...(pathPrefix === undefined || pathPrefix === '/' ? [] : [headerIs(':path', 'regex', `${escaped(pathPrefix.replace(/\/+$/, ''))}([/?].*)?`)]),
    ...headers.map(({ name, value }) => (value === undefined ? headerIs(name.toLowerCase(), 'regex', '(?s).*') : headerIs(name.toLowerCase(), 'exact', value))),
    ...callers,
  ];
  const [head, ...rest] = [...conditions, before(end)];
  return head === undefined ? before(end) : allOf([head, ...rest]);
}

/** The proxy itself writes this header, from the certificate of who calls. Namespaces are those of this mesh: a peer has its own of the same name. */
function isCaller(
  { namespace, serviceAccount }: { readonly namespace: string; readonly serviceAccount?: string | undefined },
  trustDomain?: string,
): Condition {
  const domain = trustDomain === undefined ? '[^/;]+' : escaped(trustDomain);
  const account = serviceAccount === undefined ? '[^/;]+' : escaped(serviceAccount);
  return headerIs('x-forwarded-client-cert', 'regex', `.*;URI=spiffe://${domain}/ns/${escaped(namespace)}/sa/${account}(;.*)?`);
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function filterOf({ delay, abort, bandwidth }: Fault) {
  return {
    ...(delay === undefined ? {} : { delay: { faultDelaySecifier: fixed(delay.fixed), percentage: percent(delay.percent ?? 100) } }),
    ...(abort === undefined ? {} : { abort: { errorType: errorOf(abort), percentage: percent(abort.percent ?? 100) } }),
    ...(bandwidth === undefined ? {} : { responseRateLimit: { limitType: limitOf(bandwidth.kibPerSecond), percentage: percent(bandwidth.percent ?? 100) } }),
    disableDownstreamClusterStats: true,
  };
}

const fixed = (text: string) => ({ case: 'fixedDelay', value: duration(parseDuration(text) ?? 0) }) as const;

const limitOf = (kib: number) => ({ case: 'fixedLimit', value: { limitKbps: BigInt(kib) } }) as const;

function errorOf({ status, grpcStatus }: NonNullable<Fault['abort']>) {
  return grpcStatus === undefined ? ({ case: 'httpStatus', value: status ?? 503 } as const) : ({ case: 'grpcStatus', value: grpcStatus } as const);
}
