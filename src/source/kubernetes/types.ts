// Which types of an API server make a mesh.
import type { ResourceType } from '../../kube/index.ts';
import type { KindDefinition } from '../../model/index.ts';
import { KINDS } from '../../policy/index.ts';

const core = (plural: string, kind: string, namespaced = true): ResourceType => ({ group: '', version: 'v1', plural, kind, namespaced });

export const PODS = core('pods', 'Pod');
export const NODES = core('nodes', 'Node', false);
export const SERVICES = core('services', 'Service');
export const SLICES: ResourceType = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices', kind: 'EndpointSlice', namespaced: true };

/** Secrets and ConfigMaps are read one by one, and only where a document names them; who may do what, the API server itself decides. */
const ELSEWHERE: ReadonlySet<string> = new Set(['Service', 'Secret', 'ConfigMap', 'Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);

/** Kinds whose objects are documents as they are. */
export const DOCUMENT_KINDS: readonly KindDefinition[] = KINDS.filter(({ kind }) => !ELSEWHERE.has(kind));
