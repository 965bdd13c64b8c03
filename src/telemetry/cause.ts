// Why a request ended as it did, from what its proxy said of it: `weft-reason` where the answer has one, Envoy's flags where it does not.
import type { LoggedCommon, LoggedRequest } from '../envoy/index.ts';
import { clean } from './clean.ts';

/** What a cause is read from. */
export type Blamed = Pick<LoggedCommon, 'flags' | 'tags' | 'upstreamFailure'>;

export interface Cause {
  readonly cause: string;
  /** The reason without the id of the request. */
  readonly reason: string;
  readonly policy: string;
}

const RETRY_BUDGET = 'retry-budget';
const NONE: Cause = { cause: '', reason: '', policy: '' };
const MOST = 600;

/** By the first that is there. */
const BY_FLAG: readonly (readonly [string, string])[] = [
  ['NR', 'no-route'],
  ['NC', 'no-cluster'],
  ['UH', 'no-healthy-upstream'],
  ['UO', 'circuit-open'],
  ['RL', 'rate-limited'],
  ['FI', 'fault'],
  ['UAEX', 'authz-denied'],
  ['DF', 'no-address'],
  ['UF', 'upstream-connect'],
  ['URX', 'retries-exhausted'],
  ['UT', 'timeout'],
  ['DT', 'timeout'],
  ['UMSDR', 'timeout'],
  ['SI', 'timeout'],
  ['UC', 'upstream-reset'],
  ['UR', 'upstream-reset'],
  ['LR', 'upstream-reset'],
  ['UPE', 'upstream-reset'],
  ['DPE', 'bad-request'],
  ['IH', 'bad-request'],
  ['OM', 'overloaded'],
];

/** Which name of the route's metadata is to blame for what. */
const BLAMED: Readonly<Record<string, string>> = {
  timeout: 'timeout',
  'retries-exhausted': 'retry',
  [RETRY_BUDGET]: 'retry',
  'rate-limited': 'ratelimit',
  fault: 'fault',
};

function blamedFor(cause: string, { tags }: Blamed): string {
  const key = BLAMED[cause];
  if (key === undefined) return '';
  try {
    const found: unknown = (JSON.parse(tags['blame'] ?? '{}') as Readonly<Record<string, unknown>> | null)?.[key];
    return typeof found === 'string' ? found : '';
  } catch {
    return '';
  }
}

/** What a try fails with. Envoy adds its overflow where the retry budget has no room for another one: then no breaker is open, but a try has failed. */
const FAILED_TRY: ReadonlySet<string> = new Set(['UF', 'UC', 'UR', 'LR', 'UPE']);
const noRetryLeft = ({ flags }: Blamed): boolean => flags.includes('UO') && flags.some((flag) => FAILED_TRY.has(flag));

function byFlags(entry: Blamed): Cause {
  if (noRetryLeft(entry)) return { cause: RETRY_BUDGET, reason: '', policy: blamedFor(RETRY_BUDGET, entry) };
  const found = BY_FLAG.find(([flag]) => entry.flags.includes(flag));
  if (found === undefined) return NONE;
  const [, cause] = found;
  const tls = cause === 'upstream-connect' && entry.upstreamFailure.includes('TLS_error') ? 'upstream-tls' : cause;
  return { cause: tls, reason: '', policy: blamedFor(cause, entry) };
}

/** `-` and nothing after `by=` is Envoy's for "there is none". */
function segment(reason: string, name: string): string {
  const found = new RegExp(`; ?${name}=([^;]*)`).exec(reason)?.[1]?.trim() ?? '';
  return found === '-' ? '' : found;
}

/** The reason of an answer of the mesh's; nothing for what an application said. */
export function causeOf(entry: Blamed & Pick<LoggedRequest, 'reason'>): Cause {
  if (entry.reason === '') return entry.flags.length > 0 ? byFlags(entry) : NONE;
  const reason = clean(entry.reason.replace(/; ?request=[^;]*$/, ''), MOST);
  const told = reason.split(';', 1)[0]?.trim() ?? '';
  const cause = told === 'circuit-open' && noRetryLeft(entry) ? RETRY_BUDGET : told;
  const named = segment(reason, 'by') || segment(reason, 'policy');
  return { cause, reason, policy: clean(named || blamedFor(cause, entry), MOST) };
}

/** Why a bare connection came to nothing. */
export function causeOfConnection(entry: LoggedCommon): Cause {
  if (entry.termination.startsWith('rbac_access_denied')) {
    const policy = /\[(.*)\]/.exec(entry.termination)?.[1] ?? '';
    return { cause: 'authz-denied', reason: '', policy: policy === 'none' ? '' : clean(policy, MOST) };
  }
  if (entry.downstreamFailure !== '') return { cause: 'handshake', reason: clean(entry.downstreamFailure, MOST), policy: '' };
  return byFlags(entry);
}
