import { type GatewayKey, type Mesh, type ProxyId, proxiesOfGateway, proxyOf, type ServiceKey, type Workload } from '../model/index.ts';
import type { Parts } from './emit/service.ts';

export const NO_PARTS: Parts = { clusters: false, endpoints: false, routes: false };
export const ALL_PARTS: Parts = { clusters: true, endpoints: true, routes: true };
export const ROUTES: Parts = { ...NO_PARTS, routes: true };
export const ENDPOINTS: Parts = { ...NO_PARTS, endpoints: true };

/** Collects; `meshes` are the mesh before and after, since what is no more is found in the first only. */
export class Findings {
  readonly meshes: readonly [Mesh, Mesh];
  readonly services = new Map<ServiceKey, Parts>();
  readonly gateways = new Set<GatewayKey>();
  readonly proxies = new Set<ProxyId>();
  all = false;

  constructor(before: Mesh, after: Mesh) {
    this.meshes = [before, after];
  }

  service(key: ServiceKey, parts: Parts): void {
    const known = this.services.get(key) ?? NO_PARTS;
    this.services.set(key, {
      clusters: known.clusters || parts.clusters,
      endpoints: known.endpoints || parts.endpoints,
      routes: known.routes || parts.routes,
    });
  }

  /** A Gateway's resources, and which services its proxies need for them. */
  gateway(key: GatewayKey): void {
    this.gateways.add(key);
    this.proxiesOf((mesh) => proxiesOfGateway(mesh, key));
  }

  everyService(parts: Parts): void {
    for (const mesh of this.meshes) for (const key of mesh.services.keys()) this.service(key as ServiceKey, parts);
  }

  /** Proxies of workloads that are found in either mesh. */
  proxiesOf(find: (mesh: Mesh) => Iterable<Workload>): void {
    for (const mesh of this.meshes) for (const workload of find(mesh)) this.proxies.add(proxyOf(workload));
  }
}
