// `weft-reason` on every answer that the mesh itself gives: which cause, and the name of what caused it. The first mapper that
// matches wins, so the more telling ones come first: `URX` (retries used up) carries the flag of its last try as well, and a
// connection that failed is told as that.
// Only what can occur on a side is listed: the list is part of every filter chain.
import { assertNever } from '../../base/index.ts';
import {
  type AccessLogFilterSchema,
  CelFilterSchema,
  ComparisonFilter_Op,
  HeaderValueOption_HeaderAppendAction,
  headerChange,
  type MessageInitShape,
  named,
} from '../../envoy/index.ts';
import { TOKEN_ONCE } from '../../policy/index.ts';
import { MISDIRECTED_ROUTE } from '../gateway/misdirected.ts';
import { OUTSIDE_ROUTE, UNRESOLVED_CLUSTER } from '../plan/names.ts';
import { RETRY_HEADER } from './retry.ts';
import { CRITICAL } from './tokens.ts';

type Filter =
  | { readonly kind: 'flags'; readonly flags: readonly string[] }
  | { readonly kind: 'cel'; readonly expression: string }
  | { readonly kind: 'flagsAnd'; readonly flags: readonly string[]; readonly expression: string }
  | { readonly kind: 'error' };

interface Reason {
  readonly when: Filter;
  /** Undefined: the answer has said what there is to say. */
  readonly says?: string;
  readonly status?: number;
  readonly challenge?: string;
  /** The peer may try again when that is harmless. */
  readonly retry?: true;
}

const flags = (...names: string[]): Filter => ({ kind: 'flags', flags: names });
const cel = (expression: string): Filter => ({ kind: 'cel', expression });

const TLS_ERROR = "response.code_details.contains('TLS_error')";

/** Nothing after `by=` where no policy says it, so that it is the Mesh's default or the rule's own. */
const TIMED_BY = 'route=%ROUTE_NAME%; by=%METADATA(ROUTE:weft:timeout)%';

const LIMITS_AND_TIMES: readonly Reason[] = [
  { when: flags('UT'), says: `timeout; ${TIMED_BY}` },
  { when: cel("response.code_details == 'max_duration_timeout'"), says: `timeout; kind=max-duration; ${TIMED_BY}` },
  { when: flags('SI'), says: `timeout; kind=stream-idle; ${TIMED_BY}` },
];

const RESET: Reason = { when: flags('UC', 'UR', 'LR', 'UPE'), says: 'upstream-reset; flags=%RESPONSE_FLAGS%' };
const OTHER: Reason = { when: { kind: 'error' }, says: 'other; detail=%RESPONSE_CODE_DETAILS%' };

/** The flag that the log has (RL) is not there yet. */
const LIMITED: Reason = { when: cel("response.code_details == 'local_rate_limited'"), says: 'rate-limited; by=%METADATA(ROUTE:weft:ratelimit)%' };
const FAULT: Reason = { when: flags('FI'), says: 'fault; by=%METADATA(ROUTE:weft:fault)%' };

/** There is nearly no memory left: before anything of the request was looked at (compile/overload.ts). The flag that the log has (OM) is not there yet. */
const OVERLOADED: Reason = { when: cel("response.code_details == 'overload'"), says: 'overloaded' };

const AUTHORIZERS: readonly Reason[] = [
  { when: cel("response.code_details == 'ext_authz_denied'"), says: 'ext-authz-denied; by=%METADATA(ROUTE:weft:extauthz)%; route=%ROUTE_NAME%' },
  { when: cel("response.code_details == 'ext_authz_error'"), says: 'ext-authz-unavailable; by=%METADATA(ROUTE:weft:extauthz)%; route=%ROUTE_NAME%' },
];

const OUTBOUND: readonly Reason[] = [
  OVERLOADED,
  ...AUTHORIZERS,
  { when: flags('NR'), says: 'no-route; host=%REQ(:AUTHORITY)%' },
  // The share of a backend that does not exist: no endpoints would be 503, which is UNAVAILABLE in gRPC; Gateway API wants 500 else.
  {
    when: cel(`xds.cluster_name == '${UNRESOLVED_CLUSTER}' && request.headers['content-type'].startsWith('application/grpc')`),
    says: 'no-backend; route=%ROUTE_NAME%',
  },
  { when: cel(`xds.cluster_name == '${UNRESOLVED_CLUSTER}'`), says: 'no-backend; route=%ROUTE_NAME%', status: 500 },
  // What a document answers by itself (a redirect, a direct response) is no failure; a rule without a usable backend says its reason.
  { when: cel("response.code_details == 'direct_response'") },
  { when: flags('NC'), says: 'no-cluster; route=%ROUTE_NAME%' },
  FAULT,
  { when: flags('UH'), says: 'no-healthy-upstream; cluster=%UPSTREAM_CLUSTER%' },
  { when: flags('UO'), says: 'circuit-open; cluster=%UPSTREAM_CLUSTER%' },
  // Why it could not connect says more than that it tried again in vain, so these come before URX.
  {
    when: { kind: 'flagsAnd', flags: ['UF'], expression: TLS_ERROR },
    says: 'upstream-tls; cluster=%UPSTREAM_CLUSTER%; attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT%; why=%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  },
  {
    when: flags('UF'),
    says: 'upstream-connect; cluster=%UPSTREAM_CLUSTER%; attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT%; why=%UPSTREAM_TRANSPORT_FAILURE_REASON%',
  },
  {
    when: flags('URX'),
    says: 'retries-exhausted; cluster=%UPSTREAM_CLUSTER%; attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT%; flags=%RESPONSE_FLAGS%; by=%METADATA(ROUTE:weft:retry)%',
  },
  ...LIMITS_AND_TIMES,
  RESET,
  OTHER,
];

/** The mesh lets nothing out, and the host is no service of it. */
const EXPLICIT: readonly Reason[] = [{ when: cel(`xds.route_name == '${OUTSIDE_ROUTE}'`), says: 'no-route; host=%REQ(:AUTHORITY)%' }, ...OUTBOUND];

const DENIED = "response.code_details.startsWith('rbac_access_denied')";
const POLICY_OF = '%CEL(re.extract(response.code_details, "\\\\[([^#\\\\]]*)", "\\\\1"))%';

/** Who is denied is told by which policy only where it is known who he is. A DENY rule stands in the details; an ALLOW policy that has none for him on the route. */
const AUTHORIZATION: readonly Reason[] = [
  { when: cel(`${DENIED} && !connection.mtls`), says: 'authz-denied' },
  { when: cel("response.code_details == 'rbac_access_denied_matched_policy[none]'"), says: 'authz-denied; policy=%METADATA(ROUTE:weft:authz)%' },
  { when: cel(DENIED), says: `authz-denied; policy=${POLICY_OF}` },
];
const WHY = '%CEL(re.extract(response.code_details, "\\\\{([^}]*)", "\\\\1"))%';
/** `why=Jwt_is_expired`: Envoy's own words for it. What is refused behind Envoy's verifier is answered as it does (RFC 6750 §3.1). */
const TOKENS: readonly Reason[] = [
  {
    when: cel(`response.code_details == 'rbac_access_denied_matched_policy[${CRITICAL}]'`),
    says: 'jwt-denied; why=Jwt_header_crit_is_not_understood',
    status: 401,
    challenge: 'Bearer error="invalid_token"',
  },
  {
    when: cel(`response.code_details == 'rbac_access_denied_matched_policy[${TOKEN_ONCE}]'`),
    says: 'jwt-denied; why=More_than_one_token',
    status: 400,
    challenge: 'Bearer error="invalid_request"',
  },
  { when: cel("response.code_details.startsWith('jwt_authn_access_denied')"), says: `jwt-denied; why=${WHY}` },
];

/** `upstream-connect` means here: the application did not get the request. Callers' sidecars retry on it (docs/decisions/0005). */
const INBOUND: readonly Reason[] = [
  OVERLOADED,
  ...TOKENS,
  ...AUTHORIZATION,
  ...AUTHORIZERS,
  LIMITED,
  FAULT,
  { when: cel("response.code_details == 'reached_concurrency_limit'"), says: 'shed; by=adaptive-concurrency' },
  { when: cel("response.code_details == 'denied_by_admission_control'"), says: 'shed; by=admission-control' },
  { when: flags('UF'), says: 'upstream-connect; cluster=%UPSTREAM_CLUSTER%; why=%UPSTREAM_TRANSPORT_FAILURE_REASON%' },
  { when: flags('UO'), says: 'circuit-open; cluster=%UPSTREAM_CLUSTER%' },
  ...LIMITS_AND_TIMES.slice(1),
  { ...RESET, retry: true },
  OTHER,
];

type FilterInit = MessageInitShape<typeof AccessLogFilterSchema>;

function celFilter(expression: string): FilterInit {
  return { filterSpecifier: { case: 'extensionFilter', value: named('cel', CelFilterSchema, { expression }) } };
}

function flagFilter(names: readonly string[]): FilterInit {
  return { filterSpecifier: { case: 'responseFlagFilter', value: { flags: [...names] } } };
}

function filterOf(when: Filter): FilterInit {
  switch (when.kind) {
    case 'flags':
      return flagFilter(when.flags);
    case 'cel':
      return celFilter(when.expression);
    case 'flagsAnd':
      return { filterSpecifier: { case: 'andFilter', value: { filters: [flagFilter(when.flags), celFilter(when.expression)] } } };
    case 'error':
      return {
        filterSpecifier: {
          case: 'statusCodeFilter',
          value: { comparison: { op: ComparisonFilter_Op.GE, value: { defaultValue: 400, runtimeKey: 'weft.reason_from_status' } } },
        },
      };
    default:
      return assertNever(when);
  }
}

/** Who comes back from a provider with something else than what he was sent with, or whom the provider does not know; a program that has not signed in. */
const SIGN_IN: Reason = {
  when: cel(
    "(response.code == 401 || response.code == 503) && 'weft' in xds.route_metadata.filter_metadata && 'signin' in xds.route_metadata.filter_metadata['weft'] && response.flags == 0 && response.code_details != 'direct_response'",
  ),
  says: 'sign-in-denied',
};

/** The connection was made for another host name than the request. */
const GATEWAY: readonly Reason[] = [
  { when: cel(`xds.route_name == '${MISDIRECTED_ROUTE}'`), says: 'misdirected; host=%REQ(:AUTHORITY)%' },
  ...TOKENS,
  { when: cel(DENIED), says: 'authz-denied' },
  ...AUTHORIZERS,
  SIGN_IN,
  LIMITED,
  ...OUTBOUND,
];

const REASONS = { gateway: GATEWAY, outbound: OUTBOUND, inbound: INBOUND, plaintext: INBOUND, explicit: EXPLICIT } as const;

/** The cause alone, beside `weft-reason` on what a workload's proxy answers: gateways pass it on to the world outside in its place. */
export const CAUSE_HEADER = 'weft-cause';

/** By which `weft explain --request` finds the record. An id of an application's own making may be long. */
export const REQUEST = 'request=%REQ(X-REQUEST-ID):128%';

const causeOf = (says: string): string => says.split(';', 1)[0] ?? says;

/** Who is behind a gateway, and by which policy he is kept from it, is not for the world outside; nor for whoever has shown no certificate. */
function told(side: keyof typeof REASONS, says: string) {
  if (side === 'gateway' || side === 'plaintext') return [headerChange('set', 'weft-reason', `${causeOf(says)}; ${REQUEST}`)];
  const whole = headerChange('set', 'weft-reason', `${says}; ${REQUEST}`);
  return side === 'inbound' ? [whole, headerChange('set', CAUSE_HEADER, causeOf(says))] : [whole];
}

/** What a gateway makes of the reason of a peer: the cause, and the name of the request. `set` where there is one, nothing where there is none. */
export const REASON_OUTSIDE = {
  header: { key: 'weft-reason', value: `%RESP(WEFT-CAUSE)%; ${REQUEST}` },
  appendAction: HeaderValueOption_HeaderAppendAction.OVERWRITE_IF_EXISTS,
};

/** `local_reply_config` of a connection manager. */
export function localReplies(side: keyof typeof REASONS) {
  return {
    mappers: REASONS[side].map(({ when, says, status, retry, challenge }) => ({
      filter: filterOf(when),
      headersToAdd: [
        ...(says === undefined ? [] : told(side, says)),
        ...(retry === true ? [headerChange('set', RETRY_HEADER, 'safe')] : []),
        ...(challenge === undefined ? [] : [headerChange('set', 'www-authenticate', challenge)]),
      ],
      ...(status === undefined ? {} : { statusCode: status }),
    })),
  };
}
