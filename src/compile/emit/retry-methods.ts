// Retries that are for some methods only, where they are not the usual ones: per route, by a filter that adds request headers which
// Envoy's router reads into its policy and consumes.
import {
  anyOf,
  CompositeSchema,
  chosen,
  extension,
  FilterConfigSchema,
  HeaderMutationSchema,
  headerChange,
  headerIs,
  type Init,
  type NamedConfig,
  named,
  type Packed,
  pack,
  type VirtualHostSchema,
} from '../../envoy/index.ts';
import type { RetryPlan } from '../plan.ts';
import { withFilters } from './contributions.ts';
import { ADDITION_NAMES, type CommonRetry, emitRetry, retryKey, SAFE_METHODS_FILTER } from './retry.ts';
import { forItsMethods, isUsual } from './retry-words.ts';

const RETRY_METHODS_FILTER = 'weft.retry_methods';

type PerFilter = { readonly [name: string]: Packed };

/** Empty until a route says what it does (order.ts has it disabled). */
export function retryMethodsFilter(): NamedConfig {
  return named(RETRY_METHODS_FILTER, CompositeSchema, {});
}

const OFF = pack(FilterConfigSchema, { disabled: true });
/** An empty message, not an absent one: that is how Envoy is told "as in the listener". */
const ON = pack(FilterConfigSchema, { config: { typeUrl: '', value: new Uint8Array() } });

const NO_FILTERS: PerFilter = {};

/** `typed_per_filter_config` of a virtual host or a route, so that its methods are tried again as the plan says. */
function retryFilters(retry: RetryPlan): PerFilter {
  if (retry.attempts === 0 || isUsual(retry)) return NO_FILTERS;
  const config = methodsConfig(retry);
  return { [SAFE_METHODS_FILTER]: OFF, ...(config === undefined ? {} : { [RETRY_METHODS_FILTER]: pack(FilterConfigSchema, { config }) }) };
}

/** The same for a route whose virtual host has filters for another plan. */
function retryFiltersOver(retry: RetryPlan, host: RetryPlan): PerFilter {
  const [own, others] = [retryFilters(retry), retryFilters(host)];
  const undone = Object.keys(others).filter((name) => own[name] === undefined);
  return { ...Object.fromEntries(undone.map((name) => [name, name === SAFE_METHODS_FILTER ? ON : OFF])), ...own };
}

/** What a virtual host says of retries, for the routes that say nothing of their own. */
export function commonRetry(plan: RetryPlan | undefined): CommonRetry & { readonly host: Init<typeof VirtualHostSchema> } {
  const policy = plan === undefined ? undefined : emitRetry(plan, 0);
  if (plan === undefined || policy === undefined)
    return { key: plan === undefined ? '' : retryKey(plan), attempts: 0, plan, host: { requestHeadersToRemove: ADDITION_NAMES } };
  return { key: retryKey(plan), attempts: plan.attempts, plan, host: { retryPolicy: policy, ...withFilters(undefined, retryFilters(plan)) } };
}

/** Filters of a route's own retries, where the virtual host's do not say the same. */
export function ownRetryFilters(common: CommonRetry, retry: RetryPlan): PerFilter {
  if (common.plan === undefined || retry.attempts === 0 || retryKey(retry) === common.key) return NO_FILTERS;
  return retryFiltersOver(retry, common.plan);
}

function methodsConfig(retry: RetryPlan): Packed | undefined {
  const wording = forItsMethods(retry);
  const [first, ...others] = retry.methods;
  if (wording === undefined || first === undefined) return undefined;
  const { words, statusCodes, headers } = wording;
  const changes: readonly (readonly [name: string, value: string])[] = [
    ['x-envoy-retry-on', words.join()],
    ['x-envoy-retriable-status-codes', statusCodes.join()],
    ['x-envoy-retriable-header-names', headers.join()],
    ['x-envoy-hedge-on-per-try-timeout', retry.hedge ? 'true' : ''],
  ];
  const requestMutations = changes
    .filter(([, value]) => value !== '')
    .map(([name, value]) => ({ action: { case: 'append' as const, value: headerChange('set', name, value) } }));
  const filter = extension('envoy.filters.http.header_mutation', HeaderMutationSchema, { mutations: { requestMutations } });
  return chosen([{ when: anyOf([isMethod(first), ...others.map(isMethod)]), filter }]);
}

const isMethod = (method: string) => headerIs(':method', 'exact', method);
