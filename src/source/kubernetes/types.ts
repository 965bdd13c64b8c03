// Which types of an API server make a mesh.
import type { ResourceType } from '../../kube/index.ts';
import type { KindDefinition } from '../../model/index.ts';
import { KINDS } from '../../policy/index.ts';

const core = (plural: string, kind: string, namespaced = true): ResourceType => ({ group: '', version: 'v1', plural, kind, namespaced });

export const PODS = core('pods', 'Pod');
export const NODES = core('nodes', 'Node', false);
export const SERVICES = core('services', 'Service');
export const SLICES: ResourceType = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', kind: 'EndpointSlice', namespaced: true };

/**
 * Secrets and ConfigMaps are read one by one, and only where a document names them; who may do what, the API server itself decides; what a
 * control plane has learned or asked for by itself stays in its own store (decision 0030).
 */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'LearnedScope',
  'DiscoveredProvider',
  'Service',
  'Secret',
  'ConfigMap',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
]);

/** Kinds whose objects are documents as they are. */
export const DOCUMENT_KINDS: readonly KindDefinition[] = KINDS.filter(({ kind }) => !ELSEWHERE.has(kind));
