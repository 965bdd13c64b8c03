// compile: a mesh in, Envoy's configuration out, in two steps. `plan/` says in Weft's own words what a service or a proxy is to do
// (documents, precedence, views); `emit/` says it in Envoy's, with every default that matters written out; `explain/` reads the
// same plans for people. Pure and total: nothing a user can write makes it throw, what is wrong becomes a diagnostic. Most of what
// a proxy gets is shared (planService, emitService); planProxy and emitProxy are the rest. `affected` says what a change
// touches. Equal input, equal bytes. It does not know who is connected, what was sent, or what time it is.
export { type Affected, affected } from './affected.ts';
export { type Allowing, type AllowQuestion, allowing } from './allowing.ts';
export { type BootstrapOptions, bootstrap, type MachineEnvoy } from './bootstrap.ts';
export { checkConfig } from './check-config.ts';
export { documentDiagnostics } from './document-diagnostics.ts';
export { type Effect, effectOf, type ProxyEffect, type ResourceEffect, type ServiceEffect } from './effect/effect.ts';
export {
  type EffectiveAnswer,
  type EffectivePlace,
  type EffectivePolicy,
  type EffectiveQuestion,
  type EffectiveValue,
  effectiveOf,
  type ValueSource,
} from './effective/answer.ts';
export { EDGES_LOG } from './emit/fallback.ts';
export { emitProxy } from './emit/proxy.ts';
export { emitBundle, emitLeaf, emitTrust, type LeafOptions } from './emit/secrets.ts';
export { type Emitted, emitService, type Parts } from './emit/service.ts';
export { type Evaluation, evaluate, type Obstacle, type RequestShape } from './explain/evaluate.ts';
export { type ExplainQuestion, type ExplainStep, type Explanation, explain, type Hop, type Verdict } from './explain/explain.ts';
export { extensionCheck } from './extension-check.ts';
export { fatesOf, type Refusal } from './fates/document-fates.ts';
export type { DocumentFates, Fate, FieldFate } from './fates/fate.ts';
export { type BackendTlsReport, backendTlsReport } from './gateway/backend-tls-report.ts';
export { type GatewayDeployment, gatewayDeployment } from './gateway/deployment.ts';
export { egressNames } from './gateway/egress.ts';
export { emitGateway } from './gateway/emit.ts';
export { datagramNames } from './gateway/emit-datagrams.ts';
export { expiryDiagnostics } from './gateway/expiry.ts';
export { parametersAt } from './gateway/parameters.ts';
export { type GatewayPlan, planGateway } from './gateway/plan.ts';
export { type GatewayReport, gatewayReport, type ListenerReport, type ListenerSetReport, listenerSetReport } from './gateway/report.ts';
export type { ObservedCall } from './graph/calls.ts';
export { graphFindings, graphSteps, type SurveyOptions } from './graph/findings.ts';
export { neighbours } from './neighbours.ts';
export { type PatchDocument, type Patched, patchDocument, patched, patchesFor, patchesOf } from './patches.ts';
export { BUNDLE_SECRET, CALLERS_SECRET, SYSTEM_BUNDLE_SECRET, secretName, WORKLOAD_SECRET } from './plan/names.ts';
export { type ProviderPlace, providerPlace } from './plan/provider-place.ts';
export { isShared, planProxy } from './plan/proxy.ts';
export { type ProxyScope, scopeOf } from './plan/scope.ts';
export { planService } from './plan/service.ts';
export { signIns } from './plan/sign-in.ts';
export { viewOf } from './plan/view.ts';
export type {
  Banned,
  ClusterPlan,
  EndpointPlan,
  ExternalPlan,
  InboundPlan,
  NamePlan,
  OutboundPlan,
  Proxy,
  ProxyPlan,
  RetryPlan,
  RouteAction,
  RoutePlan,
  ServicePlan,
  ServicePortPlan,
  TimeoutPlan,
  View,
  WeightedBackend,
} from './plan.ts';
export { POD_ADDRESS_VARIABLE, POD_MEMORY_VARIABLE, type PodBootstrapOptions, podBootstrap } from './pod/bootstrap.ts';
export {
  GATE_PORT,
  INBOUND_PORT,
  NAMES_PORT,
  OUTBOUND_PORT,
  PROXY_FOLDER,
  PROXY_UID,
  READY_PORT,
  SERVICE_NAMES_PORT,
  TOKEN_FOLDER,
  TRUST_FOLDER,
} from './pod/ports.ts';
export type { PodProbe } from './pod/probes.ts';
export { type PodRulesOptions, podRules } from './pod/rules.ts';
export { ownerOf, ownerOfGateway, type Subject, subjectKey, subjectsOf } from './subjects.ts';
