// Pods whose proxy is of another image, or of another control plane's, than new pods would get: they go on with it until they are made anew.
import { revisionOf } from '../../../inject/index.ts';
import type { KubeClient, KubeObject } from '../../../kube/index.ts';
import { at, listAll, listAt, NAMESPACES, PODS, textAt } from '../../client/kube.ts';

const PROXY = 'weft-proxy';

export interface Restart {
  readonly namespace: string;
  /** `deployment/web`; `pod/web-1` where nobody makes it anew. */
  readonly owner: string;
  readonly pods: number;
  readonly images: readonly string[];
  /** Whose proxies they are, where that is another control plane; '' for the one without a name. */
  readonly revisions: readonly string[];
}

/** A native sidecar is an init container; that of a Gateway is a container. */
function proxyImage(pod: KubeObject): string | undefined {
  const all = [...listAt(pod, 'spec', 'initContainers'), ...listAt(pod, 'spec', 'containers')];
  const found = all.find((container) => textAt(container, 'name') === PROXY);
  return found === undefined ? undefined : textAt(found, 'image');
}

/** Of a ReplicaSet of a Deployment the Deployment: its name without the hash that its pods carry. */
function ownerOf(pod: KubeObject): string {
  const owner = listAt(pod, 'metadata', 'ownerReferences').find((each) => at(each, 'controller') === true);
  if (owner === undefined) return `pod/${pod.metadata.name}`;
  const [kind, name] = [textAt(owner, 'kind'), textAt(owner, 'name')];
  const hash = textAt(pod, 'metadata', 'labels', 'pod-template-hash');
  if (kind === 'ReplicaSet' && hash !== '' && name.endsWith(`-${hash}`)) return `deployment/${name.slice(0, -hash.length - 1)}`;
  return `${kind.toLowerCase()}/${name}`;
}

/** Who has pods with another proxy, in the namespaces of the revision; sorted. `docker.io/` is what a name without a registry means. */
export async function restartsOf(client: KubeClient, image: string, revision: string | undefined): Promise<readonly Restart[]> {
  const [pods, namespaces] = await Promise.all([listAll(client, PODS), listAll(client, NAMESPACES)]);
  const ours = new Set(
    namespaces.filter((each) => (each.metadata.labels?.['weft.dev/rev'] ?? 'default') === (revision ?? 'default')).map(({ metadata }) => metadata.name),
  );
  const found = new Map<string, { namespace: string; owner: string; pods: number; images: Set<string>; revisions: Set<string> }>();
  for (const pod of pods) {
    const [{ namespace = '' }, own] = [pod.metadata, proxyImage(pod)];
    if (own === undefined || !ours.has(namespace)) continue;
    // a Gateway's pods have none: whoever makes them moves them
    const theirs = revisionOf(pod);
    const moves = theirs !== undefined && theirs !== (revision ?? '');
    if (own.replace(/^docker\.io\//, '') === image && !moves) continue;
    const owner = ownerOf(pod);
    const key = `${namespace} ${owner}`;
    const before = found.get(key) ?? { namespace, owner, pods: 0, images: new Set<string>(), revisions: new Set<string>() };
    before.images.add(own);
    if (moves) before.revisions.add(theirs);
    found.set(key, { ...before, pods: before.pods + 1 });
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, each]) => ({ ...each, images: [...each.images].sort(), revisions: [...each.revisions].sort() }));
}
