import type { Diagnostic } from '../../base/index.ts';
import {
  type BackendRef,
  type DiagnosticCode,
  diagnostic,
  type HttpRoute,
  type Mesh,
  type Service,
  type ServiceKey,
  serviceParents,
  splitServiceKey,
} from '../../model/index.ts';
import type { View, WeightedBackend } from '../plan.ts';
import { clusterOf, UNRESOLVED_CLUSTER } from './names.ts';
import { backendView } from './view.ts';

interface Problem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string;
}

const named = (key: ServiceKey): string => {
  const { kind, namespace, name } = splitServiceKey(key);
  return `${kind} ${namespace}/${name}`;
};

const namespaceOf = (service: ServiceKey): string => service.slice(0, service.indexOf('/'));

/**
 * Why requests cannot be sent to a backend, or undefined when they can. Crossing a namespace needs a ReferenceGrant, a kind Weft does
 * not have yet, so it is refused; except into the namespace of a parent Service: whoever may call that Service may send the same
 * call there under rules of his own, which is what a consumer route is for.
 */
function problemOf(mesh: Mesh, route: HttpRoute, backend: BackendRef): Problem | undefined {
  const namespace = namespaceOf(backend.service);
  const allowed = namespace === route.namespace || serviceParents(route).some((parent) => parent.namespace === namespace);
  if (!allowed) {
    return {
      code: 'WEFT1303',
      message: `${named(backend.service)} is in another namespace than the route and its parents, and namespace ${namespace} has not permitted it`,
      hint: 'send to a Service in the namespace of the route: ReferenceGrant is not supported by this version of Weft',
    };
  }
  const service = mesh.services.get(backend.service);
  if (service === undefined) return { code: 'WEFT1301', message: `${named(backend.service)} does not exist` };
  const port = service.ports.find((each) => each.port === backend.port);
  const has = service.ports.map((each) => each.port).join(', ');
  if (port === undefined) return { code: 'WEFT1302', message: `${named(backend.service)} has no port ${backend.port}; it has ${has === '' ? 'none' : has}` };
  if (port.protocol === 'tcp') return { code: 'WEFT1305', message: `port ${backend.port} of ${named(backend.service)} speaks TCP, not HTTP` };
  return undefined;
}

/** A server outside expects to be asked for by its own name, whatever the application called. */
function hostOf({ external, host }: Service): { readonly host?: string } {
  return external === undefined || host.startsWith('*.') ? {} : { host: external.alias === '' ? host : external.alias };
}

/** A backendRef as a view sees it; one that cannot be resolved keeps its share, which is answered with 500. */
export function planBackend(
  mesh: Mesh,
  { route, backend, view }: { readonly route: HttpRoute; readonly backend: BackendRef; readonly view: View },
): WeightedBackend {
  const problem = problemOf(mesh, route, backend);
  const { service, port, weight, requestHeaders, responseHeaders, origin } = backend;
  const found = mesh.services.get(service);
  const planned = { service, port, weight, requestHeaders, responseHeaders, origin };
  if (problem === undefined && found !== undefined) return { ...planned, cluster: clusterOf(found, port, backendView(mesh, view, service)), ...hostOf(found) };
  return { ...planned, cluster: UNRESOLVED_CLUSTER, unresolved: problem?.message ?? '' };
}

/** What is wrong with the backends of a route: its ResolvedRefs. */
export function backendDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  return route.rules.flatMap((rule) =>
    rule.backends.flatMap((backend) => {
      const problem = problemOf(mesh, route, backend);
      return problem === undefined ? [] : [diagnostic(problem.code, backend.origin, problem.message, problem.hint)];
    }),
  );
}
