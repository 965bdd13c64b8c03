// Pods of a kube cluster that were to be in the mesh and are not, and namespaces that see to it that they cannot be.
import { INJECT, LEFT_ALONE, namespaceFindings, REVISION } from '../../inject/index.ts';
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

const CONTROL_PLANE = { 'app.kubernetes.io/name': 'weft', 'app.kubernetes.io/component': 'control-plane' };

/** Revisions whose control planes have pods in the cluster; the one without a name is `default`. Pure. */
export function installedRevisions(mesh: Mesh): ReadonlySet<string> {
  const own = [...mesh.workloads.values()].filter(({ labels = {} }) => Object.entries(CONTROL_PLANE).every(([name, value]) => labels[name] === value));
  return new Set(own.flatMap(({ labels }) => labels[REVISION] ?? []));
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
    const revisions = installedRevisions(mesh);
    return [...names].sort().flatMap((name): readonly Found[] => {
      const labels = namespaceOf(facts.document, name)?.metadata.labels;
      if (labels === undefined) return [];
      // Where a pod has a proxy, pods with proxies are let in: nothing of theirs is captured by a container of their own.
      const captured = [...mesh.workloads.values()].some((each) => each.namespace === name && each.proxy !== undefined);
      return namespaceFindings({ name, labels, revisions }, captured ? 'cni' : 'init').map(({ code, message, hint }) => ({
        code: code as DiagnosticCode,
        object: { kind: 'Namespace', namespace: '', name },
        words: `namespace ${name}: ${message}`,
        hint,
        next: `kubectl get namespace ${name} --show-labels`,
      }));
    });
  },
};

const PROXY_VERSION = 'weft.dev/proxy-version';
const partsOf = (version: string): readonly number[] => (/^(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);

/** Whether one version comes before another, as far as both are numbers. */
export function isOlder(one: string, other: string): boolean {
  const [a, b] = [partsOf(one), partsOf(other)];
  if (a.length === 0 || b.length === 0) return false;
  const at = a.findIndex((part, index) => part !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

export const proxiesCurrent: Check = {
  id: 'proxies-current',
  section: 'workloads',
  words: 'pods have proxies of this version',
  look: ({ mesh, document, version }) => {
    if (mesh === undefined || version === undefined) return NO_MESH;
    const old = [...mesh.workloads.values()].flatMap(({ namespace, name, proxy }) => {
      const its = proxy === undefined ? undefined : document({ kind: 'Workload', namespace, name })?.metadata.annotations[PROXY_VERSION];
      return its !== undefined && isOlder(its, version) ? [{ namespace, name, its }] : [];
    });
    return [...Map.groupBy(old, ({ namespace }) => namespace)].map(
      ([namespace, pods]): Found => ({
        code: 'WEFT2435',
        object: { kind: 'Namespace', namespace: '', name: namespace },
        words: `${pods.length === 1 ? 'a pod' : `${pods.length} pods`} of namespace ${namespace} ${pods.length === 1 ? 'has' : 'have'} a proxy of ${[...new Set(pods.map(({ its }) => its))].sort().join(', ')}, and this is ${version}: ${listed(pods.map(({ name }) => name))}`,
        next: `kubectl -n ${namespace} rollout restart deployment,statefulset,daemonset`,
      }),
    );
  },
};
