import type { Admit } from '../../kube/index.ts';

/** Refuses: the API server asks about nothing but policies for the whole mesh of who may not write the Mesh (install/webhooks.ts). */
export const meshWideHook: Admit = ({ kind }) => ({
  kind: 'denied',
  message: `the ${kind.kind} is for the whole mesh (targetRefs: Mesh), which needs the right to update meshes.weft.dev "default"; name the Namespace, or a Service, as its target`,
});
