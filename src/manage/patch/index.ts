// patch: the four ways Kubernetes changes a part of a document, as pure functions from (value, patch) to value.
export { type Applied, type ApplyPatch, mergeApplied } from './apply-patch.ts';
export { jsonPatch } from './json-patch.ts';
export { mergePatch } from './merge-patch.ts';
export { strategicPatch } from './strategic-patch.ts';
