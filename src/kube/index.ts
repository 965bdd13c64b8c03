// kube: the API of a Kubernetes cluster, as a client. Where it is and who we are (config/), requests and streams (transport), the
// verbs (client), a picture that follows the server and outlives it (reflector), one of several replicas at a time (lease), what
// happened told where people look (events), who is behind a token (token-review), and what an API server asks us (admission). It knows nothing of meshes: what an object means
// is the business of source and of whoever writes statuses.
export { type AdmissionAnswer, type AdmissionRequest, answerReview, readReview } from './admission/review.ts';
export { type AdmissionClients, type AdmissionServer, type AdmissionServerOptions, type Admit, serveAdmission } from './admission/server.ts';
export { type ApplyOptions, KubeClient, type ListPage, type Selection, type WatchEvent, type WatchOptions } from './client.ts';
export type { Bearer, ExecPlugin, KubeConfig } from './config/config.ts';
export { findKubeConfig, inClusterConfig, parseKubeconfig, readKubeconfig } from './config/kubeconfig.ts';
export { httpOf, isExpired, KUBE_ERRORS } from './errors.ts';
export { type EventNote, EventRecorder, type EventRecorderOptions } from './events.ts';
export { LeaderElection, type LeaderElectionOptions, type LeaseTimes } from './lease.ts';
export { Reflector, type ReflectorOptions, type ReflectorSink } from './reflector.ts';
export { apiVersionOf, type KubeMetadata, type KubeObject, nameKey, type ObjectName, type OwnerReference, pathOf, type ResourceType } from './resource-type.ts';
export { type Review, type ReviewedAccount, TokenReviewer } from './token-review.ts';
