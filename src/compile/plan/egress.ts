// Servers outside that are reached by a Gateway: where its proxies take such connections, and why perhaps nobody does.
import type { Diagnostic } from '../../base/index.ts';
import {
  deploysClass,
  diagnostic,
  type Egress,
  egressName,
  type Gateway,
  granted,
  type Mesh,
  proxiesOfGateway,
  type Service,
  type SpiffeId,
  servesClass,
  spiffeId,
  splitDocumentKey,
  type Workload,
} from '../../model/index.ts';
import { gatewayState } from '../gateway/state.ts';
import type { EgressPlan, EndpointPlan, View } from '../plan.ts';
import { dialled } from './endpoints.ts';

interface Unusable {
  readonly code: 'WEFT1731' | 'WEFT1733';
  readonly why: string;
}

/** The Gateway that leads to a service, or why there is none. Without one nobody gets to it: there is no direct way. */
export function egressGateway(mesh: Mesh, service: Service, { gateway: id, port }: Egress): Gateway | Unusable {
  const gateway = mesh.gateways.get(id);
  if (gateway === undefined) return { code: 'WEFT1731', why: `Gateway ${id} does not exist` };
  if (!servesClass(mesh, gateway.className)) return { code: 'WEFT1731', why: `Gateway ${id} has class ${gateway.className}, which is not Weft’s` };
  const { kind, namespace, name } = splitDocumentKey(gateway.key);
  const from = { group: 'weft.dev', kind: 'ExternalService', namespace: service.namespace };
  if (!granted(mesh, from, { group: 'gateway.networking.k8s.io', kind, namespace, name }))
    return { code: 'WEFT1731', why: `no ReferenceGrant in namespace ${namespace} lets ExternalServices of namespace ${service.namespace} use Gateway ${name}` };
  const taken = gatewayState(mesh, id)?.listeners.some(({ listener }) => listener.port === port && listener.protocol !== 'UDP') ?? false;
  return taken ? { code: 'WEFT1733', why: `a listener of Gateway ${id} has port ${port}` } : gateway;
}

/** How a connection to the gateway says what it is for. */
export function egressPlan(
  { namespace, name }: Service,
  { gateway, port, origin }: Egress,
  called: { readonly host: string; readonly port: number },
): EgressPlan {
  return { gateway, port, origin, sni: egressName({ namespace, name, ...called }) };
}

/** Who must answer: the account of a gateway is called as the Gateway. It is known before any proxy is there, so these change endpoints alone. */
export function egressIdentity(mesh: Mesh, { gateway }: Egress): SpiffeId {
  const [namespace = '', name = ''] = gateway.split('/');
  return spiffeId(mesh.config.trustDomain, namespace, name);
}

/** Proxies of the gateway, as endpoints; none when it may not be used. */
export function egressEndpoints(mesh: Mesh, service: Service, egress: Egress, view: View): readonly EndpointPlan[] {
  const gateway = egressGateway(mesh, service, egress);
  if ('why' in gateway) return [];
  const found = new Map<string, EndpointPlan>();
  for (const workload of proxiesOfGateway(mesh, egress.gateway)) {
    if (workload.state === 'Starting') continue;
    const address = dialled(deploysClass(mesh, gateway.className) ? workload.address : reachedAt(gateway, workload), view);
    const state = workload.state === 'Draining' ? 'draining' : 'healthy';
    if (found.has(address) && state === 'draining') continue;
    found.set(address, { workload: workload.key, address, port: egress.port, state, weight: workload.weight, zone: workload.zone, priority: 0 });
  }
  return [...found.values()];
}

const ANYWHERE: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);

/** Its machine's address, unless it listens on others only. */
function reachedAt({ addresses }: Gateway, { proxy, address }: Workload): string {
  const listens = addresses.length > 0 ? addresses : [proxy?.bind ?? ''];
  if (listens.some((each) => ANYWHERE.has(each) || each === address)) return address;
  return listens[0] ?? address;
}

/** Why nobody gets to what leaves by a Gateway. */
export function egressDiagnostics(mesh: Mesh, service: Service): readonly Diagnostic[] {
  const egress = service.external?.egress;
  if (egress === undefined) return [];
  const gateway = egressGateway(mesh, service, egress);
  if ('why' in gateway) return [diagnostic(gateway.code, egress.origin, gateway.why)];
  if (proxiesOfGateway(mesh, egress.gateway).some(({ state }) => state === 'Ready')) return [];
  const start = `start one: weft gateway --name ${gateway.name} -n ${gateway.namespace}`;
  return [diagnostic('WEFT1732', egress.origin, `no proxy of Gateway ${egress.gateway} is ready`, start)];
}
