import type { Diagnostic } from '../../base/index.ts';
import {
  type BackendTarget,
  type DiagnosticCode,
  diagnostic,
  granted,
  type HttpRoute,
  isOfConnections,
  type Mesh,
  type Mirror,
  type Service,
  type ServiceKey,
  type ServicePort,
  type Subset,
  serviceKey,
  serviceNamed,
  serviceParents,
} from '../../model/index.ts';
import { backendTlsFor } from '../gateway/backend-tls.ts';
import type { MirrorPlan, View } from '../plan.ts';
import { clusterName, subsetOf, UNRESOLVED_CLUSTER } from './names.ts';
import { isSubset, subsetBehind } from './targets.ts';
import { backendView } from './view.ts';

interface Problem {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string;
}

/** What a backendRef leads to; the Service of a Subset stands behind it. */
interface Found {
  readonly service?: Service;
  readonly subset?: Subset;
  readonly problem?: Problem;
}

const words = ({ kind, namespace, name }: BackendTarget): string => `${kind} ${namespace}/${name}`;

/**
 * Crossing a namespace needs a ReferenceGrant there; except into the namespace of a parent Service: whoever may call that Service may
 * send the same call there under rules of his own, which is what a consumer route is for. A Gateway would call as itself, so a route that has one
 * among its parents needs the grant.
 */
function isAllowed(mesh: Mesh, route: HttpRoute, target: BackendTarget): boolean {
  const parents = serviceParents(route);
  if (parents.length === route.parents.length && parents.some((parent) => parent.namespace === target.namespace)) return true;
  return granted(mesh, { group: 'gateway.networking.k8s.io', kind: route.kind, namespace: route.namespace }, target);
}

function find(mesh: Mesh, route: HttpRoute, target: BackendTarget): Found {
  const { group, kind, namespace, name, port } = target;
  const named = serviceNamed(target);
  if (named === undefined && !isSubset(target))
    return { problem: { code: 'WEFT1304', message: `${group === '' ? '' : `${group}/`}${kind} cannot be a backend` } };
  if (!isAllowed(mesh, route, target)) {
    const message = `${words(target)} is in another namespace than the route, and namespace ${namespace} has not permitted it`;
    return { problem: { code: 'WEFT1303', message } };
  }
  const subset = subsetBehind(mesh, target);
  const key = subset?.service ?? named;
  if (key === undefined) return { problem: { code: 'WEFT1301', message: `${words(target)} does not exist` } };
  const service = mesh.services.get(key);
  const whole = subset === undefined ? words(target) : `Service ${key}, of which Subset ${name} is a part,`;
  if (service === undefined) return { problem: { code: 'WEFT1301', message: `${whole} does not exist` } };
  const datagrams = route.kind === 'UDPRoute';
  const found = service.ports.find((each) => each.port === port);
  const has = (datagrams ? (service.datagrams ?? []) : service.ports).map((each) => each.port).join(', ');
  if (service.host.startsWith('*.')) {
    const message = `${whole} is called ${service.host}, and nothing says which of its names is meant`;
    return { service, problem: { code: 'WEFT1743', message } };
  }
  const here = { service, ...(subset === undefined ? {} : { subset }) };
  if (datagrams && (service.datagrams ?? []).some((each) => each.port === port)) return here;
  if (datagrams) return { ...here, problem: { code: 'WEFT1302', message: `${whole} has no port ${port} for UDP; it has ${has === '' ? 'none' : has}` } };
  if (found === undefined) return { ...here, problem: { code: 'WEFT1302', message: `${whole} has no port ${port}; it has ${has === '' ? 'none' : has}` } };
  const speaksTcp = found.protocol === 'tcp' && !isOpened(mesh, route, service, found);
  if (speaksTcp === isOfConnections(route)) return here;
  if (speaksTcp) return { ...here, problem: { code: 'WEFT1305', message: `port ${port} of ${whole} speaks TCP, not HTTP` } };
  return { ...here, problem: { code: 'WEFT1721', message: `port ${port} of ${whole} speaks ${found.protocol}, so a ${route.kind} cannot lead there` } };
}

/** Whether gateways speak the application's own TLS, so that there are requests for them. */
function isOpened(mesh: Mesh, route: HttpRoute, service: Service, port: ServicePort): boolean {
  if (port.encrypted !== true || service.external !== undefined || isOfConnections(route)) return false;
  return route.parents.some(({ kind }) => kind !== 'Service') && backendTlsFor(mesh, service, port) !== undefined;
}

/** Where a share of the requests goes. */
export interface Destination {
  readonly service: ServiceKey;
  /** Name of the Subset, when it is one. */
  readonly subset?: string;
  readonly port: number;
  readonly cluster: string;
  /** The host that its requests are sent for; absent: as the application wrote it. */
  readonly host?: string;
  /** Why its share is answered with an error, when it is; `cluster` is then `unresolved`. */
  readonly unresolved?: string;
}

/** A server outside expects to be asked for by its own name, whatever the application called. */
function hostOf({ external, host }: Service): { readonly host?: string } {
  return external === undefined || host.startsWith('*.') ? {} : { host: external.alias === '' ? host : external.alias };
}

/** A backendRef as a view sees it; one that cannot be resolved keeps its share, which is answered with an error. */
export function destinationOf(
  mesh: Mesh,
  { route, target, view }: { readonly route: HttpRoute; readonly target: BackendTarget; readonly view: View },
): Destination {
  const { service, subset, problem } = find(mesh, route, target);
  const key = service?.key ?? serviceNamed(target) ?? serviceKey(target.namespace, target.name);
  const planned = { service: key, ...(subset === undefined ? {} : { subset: subset.name }), port: target.port };
  if (problem !== undefined || service === undefined) return { ...planned, cluster: UNRESOLVED_CLUSTER, unresolved: problem?.message ?? '' };
  return { ...planned, cluster: clusterName(service.host, target.port, backendView(mesh, view, key), subset?.name ?? subsetOf(service)), ...hostOf(service) };
}

/** A mirror; Gateway API: one that cannot be resolved is dropped, the requests themselves go on. */
export function planMirror(
  mesh: Mesh,
  { route, mirror, view }: { readonly route: HttpRoute; readonly mirror: Mirror; readonly view: View },
): readonly MirrorPlan[] {
  const { unresolved, ...to } = destinationOf(mesh, { route, target: mirror.backend, view });
  return unresolved === undefined && mirror.share > 0 ? [{ ...to, share: mirror.share, origin: mirror.origin }] : [];
}

/** What is wrong with the backends and mirrors of a route: its ResolvedRefs. */
export function backendDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  const say = (target: BackendTarget, at: Diagnostic['at']): readonly Diagnostic[] => {
    const { service, problem } = find(mesh, route, target);
    if (problem !== undefined) return [diagnostic(problem.code, at, problem.message, problem.hint)];
    const [first, ...others] = service?.external?.hosts ?? [];
    if (first === undefined || others.length === 0) return [];
    return [diagnostic('WEFT1708', at, `${words(target)} has ${others.length + 1} hosts; requests go to ${first.host}`)];
  };
  return route.rules.flatMap((rule) => [
    ...rule.backends.flatMap((backend) => say(backend.target, backend.origin)),
    ...(rule.externalAuth === undefined ? [] : say(rule.externalAuth.backend, rule.externalAuth.origin)),
    ...[rule, ...rule.backends].flatMap(({ mirrors }) => mirrors.flatMap((mirror) => say(mirror.backend, mirror.origin))),
  ]);
}
