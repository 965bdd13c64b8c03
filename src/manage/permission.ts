// What a route asks of its caller before it is answered. Every route says one of these; one that says none cannot be added.
import { type Attributes, weftAttributes } from './rbac/index.ts';
import { flag, type KubeTarget, one, type Query, type ResourceRequest } from './request.ts';

export type Permission =
  /** No credential is asked for. */
  | { readonly kind: 'public'; readonly why: string }
  /** Anybody who signed in: it says nothing of documents. */
  | { readonly kind: 'signed-in'; readonly why: string }
  /** The verb and resource of the path and method, as Kubernetes reads them. */
  | { readonly kind: 'kubernetes' }
  /** Something of Weft's own, in the namespace that `in` names: a step of the path, the query (none = all), or everywhere. */
  | { readonly kind: 'weft'; readonly verb: string; readonly resource: string; readonly in: 'path' | 'query' | 'everywhere' }
  /** It depends on the body: the route asks itself, and gets no answer out when it did not. */
  | { readonly kind: 'asked'; readonly what: string };

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };

function verbOf(method: string, { name }: ResourceRequest, query: Query): string {
  const reads = method === 'GET' || method === 'HEAD';
  if (reads && flag(query, 'watch')) return 'watch';
  if (reads) return name === undefined ? 'list' : 'get';
  if (method === 'DELETE') return name === undefined ? 'deletecollection' : 'delete';
  return VERBS[method] ?? method.toLowerCase();
}

/** A Namespace is a thing of itself: who may read all of a namespace may read it too. */
function placeOf({ kind, namespace, name }: ResourceRequest): string {
  return kind.kind === 'Namespace' && kind.group === '' ? (name ?? '') : namespace;
}

/** What a request of Kubernetes' shape wants; undefined for discovery, for which it is enough to have signed in. */
export function kubernetesAttributes(target: KubeTarget, method: string, query: Query): Attributes | undefined {
  if (target.kind === 'discovery') return undefined;
  const { resource } = target;
  const plural = `${resource.kind.plural}${resource.status ? '/status' : ''}`;
  return { verb: verbOf(method, resource, query), group: resource.kind.group, resource: plural, namespace: placeOf(resource), name: resource.name ?? '' };
}

/** What is to be allowed before a route of Weft's own answers. */
export function weftWanted(permission: Permission & { readonly kind: 'weft' }, params: Readonly<Record<string, string>>, query: Query): Attributes {
  const { verb, resource } = permission;
  if (permission.in === 'path') return weftAttributes(verb, resource, params['namespace'] ?? '', params['name'] ?? '');
  return weftAttributes(verb, resource, permission.in === 'query' ? (one(query, 'namespace') ?? '') : '');
}
