// Pods of a kube cluster that were to be in the mesh and are not, and namespaces that see to it that they cannot be.
import { INJECT, LEFT_ALONE, namespaceFindings } from '../../inject/index.ts';
import { type DiagnosticCode, type Document, isMirrored, type Mesh } from '../../model/index.ts';
import type { Check, Facts, Found } from './check.ts';

const NO_MESH = 'it is not known here';
/** Workloads of a Service that names its endpoints itself are no pods (source/kubernetes/slices.ts). */
const NO_POD = 'weft.dev/endpoints-of';
const NAMED = 5;

const namespaceOf = (document: Facts['document'], name: string): Document | undefined => document({ kind: 'Namespace', namespace: '', name });
const meshedBy = (namespace: Document | undefined): boolean => namespace?.metadata.labels[INJECT] === 'enabled';

/** It was wanted, nobody has said that it is not, and it is not gone. */
function isMissed({ metadata, spec }: Document, document: Facts['document']): boolean {
  const { labels, annotations, namespace } = metadata;
  if (labels[NO_POD] !== undefined || annotations[LEFT_ALONE] !== undefined || (spec as { readonly state?: unknown }).state === 'Draining') return false;
  const own = labels[INJECT] ?? annotations[INJECT];
  return own === 'enabled' || (own === undefined && meshedBy(namespaceOf(document, namespace)));
}

export interface MissedPod {
  readonly namespace: string;
  readonly name: string;
}

/** Pods of a kube cluster that were to have a proxy and have none. Pure. */
export function missedPods(mesh: Mesh, document: Facts['document']): readonly MissedPod[] {
  return [...mesh.workloads.values()].flatMap(({ namespace, name, proxy, gateway }) => {
    if (proxy !== undefined || gateway !== undefined) return [];
    const found = document({ kind: 'Workload', namespace, name });
    return found !== undefined && isMirrored(found) && isMissed(found, document) ? [{ namespace, name }] : [];
  });
}

function listed(names: readonly string[]): string {
  const shown = [...names].sort().slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${shown} and ${names.length - NAMED} more` : shown;
}

export const podsMeshed: Check = {
  id: 'pods-meshed',
  section: 'workloads',
  words: 'every pod that is to have a proxy has one',
  look: ({ mesh, document }) => {
    if (mesh === undefined) return NO_MESH;
    return [...Map.groupBy(missedPods(mesh, document), ({ namespace }) => namespace)].map(
      ([namespace, pods]): Found => ({
        code: 'WEFT2430',
        object: { kind: 'Namespace', namespace: '', name: namespace },
        words: `${pods.length === 1 ? 'a pod' : `${pods.length} pods`} of namespace ${namespace} ${pods.length === 1 ? 'has' : 'have'} no proxy: ${listed(pods.map(({ name }) => name))}`,
        next: `kubectl -n ${namespace} rollout restart deployment,statefulset,daemonset`,
      }),
    );
  },
};

export const namespacesFit: Check = {
  id: 'namespaces-fit',
  section: 'workloads',
  words: 'meshed namespaces let proxies in',
  look: (facts) => {
    const { mesh } = facts;
    if (mesh === undefined) return NO_MESH;
    const names = new Set([...mesh.workloads.values()].map(({ namespace }) => namespace));
    return [...names].sort().flatMap((name): readonly Found[] => {
      const labels = namespaceOf(facts.document, name)?.metadata.labels;
      if (labels === undefined) return [];
      // Where a pod has a proxy, pods with proxies are let in: nothing of theirs is captured by a container of their own.
      const captured = [...mesh.workloads.values()].some((each) => each.namespace === name && each.proxy !== undefined);
      return namespaceFindings({ name, labels }, captured ? 'cni' : 'init').map(({ code, message, hint }) => ({
        code: code as DiagnosticCode,
        object: { kind: 'Namespace', namespace: '', name },
        words: `namespace ${name}: ${message}`,
        hint,
        next: `kubectl get namespace ${name} --show-labels`,
      }));
    });
  },
};
