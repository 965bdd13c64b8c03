// inject: a pod gets its proxy. Of a pod, the labels of its namespace and the settings of an installation it says whether, why, and how: the
// containers, the volumes, the probes, as a patch (RFC 6902). It is pure and total; the webhook, `weft inject` and the look for pods that were
// missed are the same functions.
export { decide, type NamespaceFacts, namespaceFindings } from './decision.ts';
export { hasProxy, type Injection, inject, injectedBy, type Question, revisionOf, strip } from './inject.ts';
export { KNOBS } from './knobs.ts';
export { CAPTURE, INJECT, INJECTED, LEFT_ALONE, PROXY, REVISION } from './names.ts';
export { type Operation, patchOf } from './patch.ts';
export { gatedRules } from './rules.ts';
export { DEFAULT_SETTINGS, type InjectSettings, type Resources } from './settings.ts';
export { injectObject, type Outcome, type Place, podsIn, stripObject } from './templates.ts';
