// When a change of a document has reached the proxies: seen in the resources they acknowledge, not in the passing of time.
import { eventually } from './shop.ts';
import type { TestMesh } from './test-mesh.ts';

interface ResourceView {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly acknowledged: boolean;
}

interface ProxyView {
  readonly id: string;
  readonly connected: boolean;
}

export interface Watched {
  /** Proxies whose id begins like this: `shop/customer`. */
  readonly proxies: string;
  readonly type: 'cluster' | 'endpoints' | 'routes' | 'listener';
  /** How the name of the resource begins. */
  readonly name: string;
}

/** What of it each proxy runs: version by proxy and name; undefined while one of them has not acknowledged. */
async function versions(mesh: TestMesh, { proxies, type, name }: Watched): Promise<ReadonlyMap<string, string> | undefined> {
  const all = (await mesh.call<{ readonly items: readonly ProxyView[] }>('/weft/v1/proxies')).items.filter(
    (one) => one.connected && one.id.startsWith(proxies),
  );
  const found = new Map<string, string>();
  for (const { id } of all) {
    const { items } = await mesh.call<{ readonly items: readonly ResourceView[] }>(`/weft/v1/proxies/${id}/resources`);
    for (const resource of items) {
      if (resource.type !== type || !resource.name.startsWith(name)) continue;
      if (!resource.acknowledged) return undefined;
      found.set(`${id} ${resource.name}`, resource.version);
    }
  }
  return found;
}

/** Does something that changes what each of these proxies has, and waits until all of them run it. */
export async function taken(mesh: TestMesh, watched: readonly Watched[], change: () => Promise<unknown>): Promise<void> {
  const before = await Promise.all(watched.map((each) => eventually(`${each.name} is run`, () => versions(mesh, each))));
  await change();
  for (const [at, each] of watched.entries()) {
    const was = [...(before[at] ?? [])].join();
    await eventually(`${each.type} ${each.name} changes in ${each.proxies}`, async () => {
      const is = await versions(mesh, each);
      return is !== undefined && [...is].join() !== was ? true : undefined;
    });
  }
}
