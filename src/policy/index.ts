// policy: one folder per policy, each with its schema, what the schema cannot say, its compilation and its page for users. A policy never
// changes a plan: it adds contributions, values of a closed union that plans carry and `compile` puts into place. What holds where
// (attachment, precedence, merging field by field with the place each field comes from) is the same for all of them and lives here.
// Pure. To add a policy: its folder, and one line in list.ts; kinds, REST paths, CLI words and reference pages follow from that.
export { type Attachment, attachments, hasConsumerPolicies, isNamed, type Subject } from './attach.ts';
export { type Callers, callersAt } from './authorization/callers.ts';
export { type Asked, conditionHolds, type Decision, decide, inOrder, ruleMatches } from './authorization/decide.ts';
export { AUTHORIZATION_POLICY } from './authorization/index.ts';
export {
  type AuthorizationPlan,
  actionOf,
  asksWhoCalls,
  isDry,
  isHeard,
  planAuthorization,
  ROOT_NAMESPACE,
  type RuleSet,
  ruleSetsOf,
  VIA_RULE,
} from './authorization/plan.ts';
export { rulesOf as authorizationRules } from './authorization/read.ts';
export { type Aspect, type Condition, conditionsOf, isOfRequests, type Match, type Rule } from './authorization/rules.ts';
export { type ObservedAccess, policyAllowing, rulesAllowing, type Suggestion } from './authorization/suggest.ts';
export { type Callee, calledBy, keysUrisOf } from './calls.ts';
export {
  type AuthorizationFilterName,
  type Contribution,
  type ContributionKind,
  contributionOf,
  contributionsOf,
  type HttpFilterName,
  type LimitValues,
  type LocalityValues,
  type NetworkFilterName,
  originsIn,
  type TimeoutValues,
  type TracingValues,
} from './contribution.ts';
export { FOR_ANY_METHOD, RETRY_CONDITIONS, type ResetHeader, type RetryCondition, type RetryValues } from './contribution-retry.ts';
export { type Effective, type EffectiveField, type FieldSource, leavesOf, type Overridden, originAt, originBelow, policyOrigins } from './effective.ts';
export { checkingContributions, PROCESSOR_MESSAGE_MS, processorOf, processorPortOf } from './extension/compile.ts';
export { EXTENSION_POLICY } from './extension/index.ts';
export { authorizerFilter } from './external-authorization/authorizer.ts';
export { EXTERNAL_AUTHORIZATION_POLICY, externalAuthorizationPolicy } from './external-authorization/index.ts';
export { AUTHORIZER_FILTERS } from './external-authorization/slots.ts';
export { endOf } from './fault/index.ts';
export { jsonSchemaOf } from './json-schema.ts';
export { POLICIES } from './list.ts';
export { CALLER_KEY } from './load-balancing/algorithms.ts';
export { tlsModeOf } from './mutual-tls/compile.ts';
export { MUTUAL_TLS_POLICY, mutualTlsPolicy } from './mutual-tls/index.ts';
export type { TlsMode } from './mutual-tls/schema.ts';
export { type Objective, objectiveOf } from './objective/index.ts';
export { discoveryUrl } from './oidc/addresses.ts';
export { signInFilter } from './oidc/filter.ts';
export { OIDC_POLICY } from './oidc/index.ts';
export { cookieKey, type ProviderEndpoints, type SecretPlace, type SignInPlan, secretNames, signInPlan } from './oidc/plan.ts';
export { actsAt, type GivenLayer, type PolicyDefinition, type PolicyWords, type Site } from './policy.ts';
export { applyEntry, type PatchEntry } from './proxy-patch/apply.ts';
export { PROXY_PATCH } from './proxy-patch/index.ts';
export type { ProxyPatchSpec } from './proxy-patch/schema.ts';
export { isNear, parseKeysUri } from './request-authentication/addresses.ts';
export { TOKEN_REQUIREMENT, type TokenCheck, type TokenProvider } from './request-authentication/compile.ts';
export { REQUEST_AUTHENTICATION_POLICY } from './request-authentication/index.ts';
export { TOKEN_ONCE } from './request-authentication/once.ts';
export { compileAt, effectiveAt, type InlineRule, joinedEffective, policiesFor, type Question } from './resolve.ts';
export { SAFE_METHODS } from './retry/index.ts';
export { type AccessLogRule, accessLogRules, type MetricsRules, metricsRules, TELEMETRY_POLICY } from './telemetry/index.ts';
export { TOKEN_METADATA } from './token-metadata.ts';
export { emptyMesh, KINDS, kindByPlural, kindByWord, kindOf, parseDocument, VOCABULARY } from './vocabulary.ts';
export { subjectOf, valueWords } from './words.ts';
