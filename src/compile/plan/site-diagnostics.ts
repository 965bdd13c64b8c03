// Policies for something where they have nothing to act on: by what the target is attached to.
import type { Diagnostic } from '../../base/index.ts';
import { diagnostic, gatewayKey, type Mesh, makeDocumentKey, type Policy, type PolicyTarget, serviceParents, TARGET_GROUPS } from '../../model/index.ts';
import { EXTERNAL_AUTHORIZATION_POLICY, leavesOf, OIDC_POLICY, POLICIES, REQUEST_AUTHENTICATION_POLICY } from '../../policy/index.ts';
import { isGatewayParent } from '../gateway/attachment.ts';
import { againstHttp3 } from '../gateway/http3.ts';
import { gatewayState } from '../gateway/state.ts';

/** Against a target of a policy, which exists. */
export function siteDiagnostics(mesh: Mesh, policy: Policy, target: PolicyTarget): readonly Diagnostic[] {
  if (CHECKING.has(policy.kind)) return uncheckedRoute(mesh, policy, target);
  if (policy.kind === 'RateLimitPolicy') return [...countedNowhere(mesh, target), ...connectionsOfRequests(mesh, policy, target)];
  return [...sharedConnections(policy, target), ...withoutHttp3(mesh, policy, target)];
}

/** Kinds that check who asks. */
const CHECKING: ReadonlySet<string> = new Set([REQUEST_AUTHENTICATION_POLICY, EXTERNAL_AUTHORIZATION_POLICY, OIDC_POLICY]);

function uncheckedRoute(mesh: Mesh, policy: Policy, { kind, namespace, name, origin }: PolicyTarget): readonly Diagnostic[] {
  const route = mesh.routes.get(makeDocumentKey(TARGET_GROUPS[kind], kind, namespace, name));
  const [service] = route === undefined ? [] : serviceParents(route);
  if (service === undefined) return [];
  return [diagnostic('WEFT2163', origin, `${kind} ${namespace}/${name} is attached to ${service.kind} ${service.key}, where the ${policy.kind} is not asked`)];
}

/** Requests of a Service's route are counted where they arrive, or not at all. */
function countedNowhere(mesh: Mesh, { kind, namespace, name, origin }: PolicyTarget): readonly Diagnostic[] {
  const route = mesh.routes.get(makeDocumentKey(TARGET_GROUPS[kind], kind, namespace, name));
  const [service] = route === undefined ? [] : serviceParents(route);
  if (route === undefined || service === undefined) return [];
  const message = `${kind} ${namespace}/${name} is attached to ${service.kind} ${service.key}, whose requests are counted where they arrive`;
  return [diagnostic(route.parents.some(isGatewayParent) ? 'WEFT1642' : 'WEFT1641', origin, message)];
}

/** What kinds that act on routes too say of connections. */
const OF_CONNECTIONS: Readonly<Record<string, RegExp>> = { LoadBalancingPolicy: /^(?!session\b)/, RetryPolicy: /^budget\b/, ConnectionPolicy: /^(?!http3$)/ };

/** Kinds that act on the way to endpoints cannot tell listeners apart. */
function sharedConnections({ kind, spec, origin: at }: Policy, { kind: what, name, section, origin }: PolicyTarget): readonly Diagnostic[] {
  if (what !== 'Gateway' || section === undefined) return [];
  const { sites = [], atomic = [] } = POLICIES.find((each) => each.kind.kind === kind) ?? {};
  const words = `listener "${section}" shares the connections of Gateway ${name}`;
  const fields = OF_CONNECTIONS[kind];
  if (fields !== undefined) {
    const [first] = leavesOf(spec, atomic).filter(([path]) => fields.test(path));
    return first === undefined ? [] : [diagnostic('WEFT1645', { ...at, path: `spec.${first[0]}` }, words)];
  }
  if (sites.length === 0 || sites.some((site) => site.kind === 'route' && site.side === 'gateway')) return [];
  return [diagnostic('WEFT1645', origin, words)];
}

/** HTTP/3 at listeners that cannot have it. */
function withoutHttp3(mesh: Mesh, { kind, spec, origin }: Policy, { kind: what, namespace, name, section }: PolicyTarget): readonly Diagnostic[] {
  const state = what === 'Gateway' && kind === 'ConnectionPolicy' && spec['http3'] === true ? gatewayState(mesh, gatewayKey(namespace, name)) : undefined;
  if (state === undefined) return [];
  const at = { ...origin, path: 'spec.http3' };
  const meant = state.listeners.filter(({ listener, served }) => served && (section === undefined || listener.name === section));
  const secure = meant.filter(({ listener }) => listener.protocol === 'HTTPS');
  const where = section === undefined ? `Gateway ${name}` : `listener "${section}" of Gateway ${name}`;
  if (meant.length > 0 && secure.length === 0) return [diagnostic('WEFT1646', at, `${where} has no TLS of its own, which HTTP/3 needs`)];
  return secure.flatMap((each) => {
    const why = againstHttp3(state, each);
    return why === undefined ? [] : [diagnostic('WEFT1647', at, `listener "${each.listener.name}" has no HTTP/3: ${why}`)];
  });
}

/** Connections are counted where a Gateway passes bytes on; where it reads requests, these are. */
function connectionsOfRequests(mesh: Mesh, { spec, origin }: Policy, { kind, namespace, name, section }: PolicyTarget): readonly Diagnostic[] {
  const state = kind === 'Gateway' && spec['tcp'] !== undefined ? gatewayState(mesh, gatewayKey(namespace, name)) : undefined;
  const meant = state?.listeners.filter(({ listener, served }) => served && (section === undefined || listener.name === section)) ?? [];
  if (meant.length === 0 || meant.some(({ listener }) => listener.protocol === 'TCP' || listener.protocol === 'TLS')) return [];
  return [diagnostic('WEFT1644', { ...origin, path: 'spec.tcp' }, `Gateway ${name} has no listener of TCP or TLS there`)];
}
