// A Workload that somebody wrote in the cluster. Who has a proxy, who is one and for whom are facts of pods: were they believed of what anybody writes, writing a
// Workload would be enough for an identity.
import type { Diagnostic } from '../../base/index.ts';
import type { KubeObject } from '../../kube/index.ts';
import { diagnostic } from '../../model/index.ts';

const OF_PODS = ['proxy', 'node', 'gateway'] as const;

/** The object without what only pods say, and what is to be said of that. */
export function written(object: KubeObject): { readonly object: KubeObject; readonly diagnostics: readonly Diagnostic[] } {
  const { spec } = object as KubeObject & { readonly spec?: Readonly<Record<string, unknown>> };
  const said = OF_PODS.filter((field) => spec?.[field] !== undefined);
  if (object['kind'] !== 'Workload' || said.length === 0) return { object, diagnostics: [] };
  const { namespace = '', name } = object.metadata;
  const at = { kind: 'Workload', namespace, name };
  return {
    object: {
      ...object,
      spec: Object.fromEntries(Object.entries(spec ?? {}).filter(([field]) => !(OF_PODS as readonly string[]).includes(field))),
    } as KubeObject,
    diagnostics: said.map((field) =>
      diagnostic('WEFT2484', { ...at, path: `spec.${field}` }, `spec.${field} of a Workload in a kube cluster is made of pods alone; it is ignored`),
    ),
  };
}
