// What a retry plan says to Envoy, and to which methods: Envoy's own policy knows no methods, so what is for any method stands in the
// policy and the rest in request headers that a filter adds for the methods it is for.
import { FOR_ANY_METHOD, type RetryCondition, SAFE_METHODS } from '../../policy/index.ts';
import type { RetryPlan } from '../plan.ts';

/** Beside `weft-reason` on a peer's sidecar's answer when its application broke off: present means "again, if that is harmless". */
export const RETRY_HEADER = 'weft-retry';

/** Words of `retry_on`, and what belongs to them. */
export interface Wording {
  readonly words: readonly string[];
  readonly statusCodes: readonly number[];
  /** Headers of an answer that ask for another try by being there. */
  readonly headers: readonly string[];
}

/** Our `grpc-` says which conditions are gRPC's; Envoy does without. */
const envoyWord = (condition: RetryCondition): string => condition.replace('grpc-', '');

const isForAny = (retry: RetryPlan): boolean => retry.methods.includes('*');

/** What is for some methods, and so for all of them where the plan says `*`. */
function late({ on, statusCodes, responseHeaders }: RetryPlan): Wording {
  const conditions = on.filter((each) => !FOR_ANY_METHOD.has(each));
  const headers = [...(conditions.includes('reset') ? [RETRY_HEADER] : []), ...responseHeaders];
  const words = [
    ...conditions.map(envoyWord),
    ...(statusCodes.length === 0 ? [] : ['retriable-status-codes']),
    ...(headers.length === 0 ? [] : ['retriable-headers']),
  ];
  return { words, statusCodes, headers };
}

const NOTHING: Wording = { words: [], statusCodes: [], headers: [] };

/** What holds for every method. */
export function forAnyMethod(retry: RetryPlan): Wording {
  // That a peer could not reach its application is told by a header.
  const early = retry.on.filter((each) => FOR_ANY_METHOD.has(each)).map(envoyWord);
  const told = reachesPeers(retry) ? ['retriable-headers'] : [];
  const { words, statusCodes, headers } = isForAny(retry) ? late(retry) : NOTHING;
  return { words: [...new Set([...early, ...told, ...words])], statusCodes, headers };
}

/** Whether an answer that says `the application could not be reached` is tried again. */
export function reachesPeers({ on }: RetryPlan): boolean {
  return on.includes('connect-failure');
}

/** What holds for `retry.methods` beyond that; undefined when there is nothing. */
export function forItsMethods(retry: RetryPlan): Wording | undefined {
  if (isForAny(retry) || retry.methods.length === 0) return undefined;
  const wording = late(retry);
  return wording.words.length === 0 && !retry.hedge ? undefined : wording;
}

/** Whether the filter that is in every listener says all that is to be said of methods: safe ones, after a reset. */
export function isUsual(retry: RetryPlan): boolean {
  const wording = forItsMethods(retry);
  if (wording === undefined || retry.hedge || wording.statusCodes.length > 0) return false;
  const safe = retry.methods.length === SAFE_METHODS.length && SAFE_METHODS.every((method) => retry.methods.includes(method));
  return safe && wording.words.join() === 'reset,retriable-headers' && wording.headers.length === 1;
}
