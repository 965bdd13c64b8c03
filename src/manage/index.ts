// manage: the management API. Kubernetes-shaped REST for documents, so that an unmodified kubectl works against it, and /weft/v1
// for what Kubernetes has no word for. It decides who may ask (one admin token, no foreign web page, not too often), what may be
// written (the checks of model, virtual addresses for services), and in what form things are shown. Everything else it asks
// through `ManagePorts`: the store keeps, control runs, identity signs, compile explains.
// Namespaces are implicit: a document may be written into any namespace, and a Namespace document is only a note about one.
export { adminToken } from './admin-token.ts';
export type { ApiOptions } from './api-options.ts';
export type { TokenAuthenticator } from './authentication.ts';
export type { BanOutcome, BanPort } from './ban-routes.ts';
export type { CaDesk } from './ca-routes.ts';
export type { Caller } from './caller.ts';
export { installedRevisions, type MissedPod, missedPods } from './checks/index.ts';
export type { ClientCertificates } from './client-certificates.ts';
export { MANAGE_ERRORS, type ManageErrorCode } from './errors.ts';
export type { FloodLimits } from './flood.ts';
export { type Admitted, Intake } from './intake.ts';
export { type KubeconfigOptions, kubeconfig } from './kubeconfig.ts';
export { OidcAuthenticator } from './oidc/authenticator.ts';
export { fetchJson } from './oidc/fetch.ts';
export type { ExplainQuestion, JoinTokenGrant, ManagePorts, PlaneFacts } from './ports.ts';
export { type Api, openApi } from './server.ts';
export type { CensusEntry } from './sessions.ts';
export type { TapPlan } from './tap-routes.ts';
