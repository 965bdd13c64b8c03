import { type affected, emitProxy, emitService, isShared, planProxy, planService, scopeOf, viewOf } from '../../src/compile/index.ts';
import type { Resource } from '../../src/envoy/index.ts';
import type { Mesh } from '../../src/model/index.ts';
import { fingerprint, proxiedWorkloads, proxyAt, sha256 } from './compiled.ts';

/** What a control plane keeps: service resources per view, own resources and scope per proxy; renewed only as told. */
export class CompiledCache {
  readonly #services = new Map<string, readonly Resource[]>();
  readonly #proxies = new Map<string, { readonly own: readonly Resource[]; readonly seen: readonly string[] }>();

  fill(mesh: Mesh): void {
    for (const key of proxiedWorkloads(mesh)) this.#renew(mesh, key);
  }

  update(_before: Mesh, mesh: Mesh, { services, proxies }: ReturnType<typeof affected>): void {
    for (const [key, parts] of services) {
      for (const id of [...this.#services.keys()].filter((each) => each.startsWith(`${key}#`))) {
        const view = this.#views.get(id);
        if (view === undefined) continue;
        const kept = (this.#services.get(id) ?? []).filter((resource) => !isPart(resource, parts));
        const fresh = emitService(planService(mesh, key, view), sha256, parts).resources;
        const names = new Set(emitService(planService(mesh, key, view), sha256).resources.map((resource) => `${resource.type} ${resource.name}`));
        this.#services.set(id, [...kept.filter((resource) => names.has(`${resource.type} ${resource.name}`)), ...fresh]);
      }
    }
    const wanted = proxies === 'all' ? proxiedWorkloads(mesh) : [...proxies].filter((id) => mesh.workloads.get(id)?.proxy !== undefined);
    for (const key of wanted) this.#renew(mesh, key);
  }

  readonly #views = new Map<string, ReturnType<typeof viewOf>>();

  #renew(mesh: Mesh, key: string): void {
    const proxy = proxyAt(mesh, key);
    const own = emitProxy(planProxy(mesh, proxy), sha256).resources;
    const seen = proxy.serves.flatMap((served) => {
      const workload = mesh.workloads.get(served);
      if (workload === undefined) return [];
      return scopeOf(mesh, { serves: [served] }).services.map((each) => {
        const view = viewOf(mesh, workload, each, isShared(proxy));
        const id = `${each}#${view.key}`;
        this.#views.set(id, view);
        if (!this.#services.has(id)) this.#services.set(id, emitService(planService(mesh, each, view), sha256).resources);
        return id;
      });
    });
    this.#proxies.set(key, { own, seen });
  }

  shown(mesh: Mesh): Readonly<Record<string, readonly string[]>> {
    const entries = proxiedWorkloads(mesh).map((key) => {
      const { own, seen } = this.#proxies.get(key) ?? { own: [], seen: [] };
      const found = new Map<string, Resource>();
      for (const resource of [...seen.flatMap((id) => this.#services.get(id) ?? []), ...own]) found.set(`${resource.type} ${resource.name}`, resource);
      return [key, fingerprint([...found.values()])] as const;
    });
    return Object.fromEntries(entries);
  }
}

function isPart({ type }: Resource, parts: { readonly clusters: boolean; readonly endpoints: boolean; readonly routes: boolean }): boolean {
  return type === 'cluster' ? parts.clusters : type === 'endpoints' ? parts.endpoints : parts.routes;
}
