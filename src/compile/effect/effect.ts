// What a change of documents would do to proxies: computed by compiling both sides as the control plane does, before anything is written.
import { byCodeUnit } from '../../base/index.ts';
import type { ResourceType, Version } from '../../envoy/index.ts';
import { type Change, type Mesh, type ProxyId, proxyIdOf, proxyOf, type ServiceKey, type Workload } from '../../model/index.ts';
import { type Affected, affected } from '../affected.ts';
import { proxied } from '../audience.ts';
import { anyoneIn } from '../effective/spots.ts';
import { planService } from '../plan/service.ts';
import { viewOf } from '../plan/view.ts';
import type { Subject } from '../subjects.ts';
import { Compiled } from './compiled.ts';
import { planLines } from './plan-lines.ts';

export interface ResourceEffect {
  readonly type: ResourceType;
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
}

export interface ProxyEffect {
  /** Proxies with exactly these changes, sorted. */
  readonly proxies: readonly ProxyId[];
  readonly resources: readonly ResourceEffect[];
}

/** What a service does before and after, in lines. */
export interface ServiceEffect {
  readonly service: ServiceKey;
  /** '' = for whoever calls; else for callers of this namespace. */
  readonly consumer: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface Effect {
  readonly proxies: readonly ProxyEffect[];
  /** Proxies that get something else, those that were looked at, and all there are. */
  readonly counts: { readonly affected: number; readonly examined: number; readonly of: number };
  readonly services: readonly ServiceEffect[];
}

export interface EffectOptions {
  /** From the one mesh to the other. */
  readonly changes: readonly Change[];
  /** A hash of the concatenation, as text. */
  readonly hash: (pieces: readonly Uint8Array[]) => string;
}

/** More proxies, or services, than this tell nothing more. */
const MOST = { proxies: 200, services: 50 } as const;

/** Compares the two meshes as proxies see them. Yields between steps, so that whoever runs it can do something else meanwhile. */
export function* effectOf(before: Mesh, after: Mesh, { changes, hash }: EffectOptions): Generator<undefined, Effect> {
  const touched = affected(before, after, changes);
  const version = (pieces: readonly Uint8Array[]): Version => hash(pieces) as Version;
  const sides = [new Compiled(before, version), new Compiled(after, version)] as const;
  const workloads = new Map(
    [before, after].flatMap((mesh) => [...mesh.workloads.values()].filter((each) => each.proxy !== undefined)).map((each) => [each.key, each]),
  );
  const found = new Map<ProxyId, readonly ResourceEffect[]>();
  const examined = new Set<ProxyId>();
  for (const workload of [...workloads.values()].sort((a, b) => byCodeUnit(a.key, b.key))) {
    if (workload.node === true) continue;
    if (examined.size >= MOST.proxies) break;
    const proxy = proxyOf(workload);
    examined.add(proxy);
    const resources = compare(sides, workload, touched);
    yield;
    if (resources.length > 0) found.set(proxy, together(found.get(proxy), resources));
  }
  const all = new Set([...workloads.values()].filter(({ node }) => node !== true).map(proxyOf));
  const counts = { affected: found.size, examined: examined.size, of: all.size };
  const groups = Map.groupBy([...found], ([, resources]) => JSON.stringify(resources));
  const services: ServiceEffect[] = [];
  for (const service of [...touched.services.keys()].sort(byCodeUnit).slice(0, MOST.services)) {
    services.push(...serviceEffects(before, after, service));
    yield;
  }
  const proxies = [...groups.values()].map((group) => ({ proxies: group.map(([proxy]) => proxy), resources: group[0]?.[1] ?? [] }));
  return { proxies, counts, services };
}

/** What the proxy of a node gets for several of its workloads, each resource once. */
function together(known: readonly ResourceEffect[] | undefined, more: readonly ResourceEffect[]): readonly ResourceEffect[] {
  if (known === undefined) return more;
  const all = new Map([...known, ...more].map((each) => [`${each.type} ${each.name}`, each]));
  return [...all].sort(([a], [b]) => byCodeUnit(a, b)).map(([, each]) => each);
}

function compare([before, after]: readonly [Compiled, Compiled], workload: Workload, touched: Affected): readonly ResourceEffect[] {
  const { key } = workload;
  const own = touched.proxies === 'all' || touched.proxies.has(proxyIdOf(key)) || touched.proxies.has(proxyOf(workload));
  const [was, is] = [before.sight(key), after.sight(key)];
  const repatched = was.patches.length !== is.patches.length || was.patches.some((patch, at) => patch !== is.patches[at]);
  const ids = [...new Set([...was.subjects.keys(), ...is.subjects.keys()])].filter((id) => {
    const subject = is.subjects.get(id);
    return repatched || subject === undefined || !was.subjects.has(id) || isTouched(subject, touched);
  });
  const left = before.fingerprints(was, ids, own || repatched);
  const right = after.fingerprints(is, ids, own || repatched);
  const found: ResourceEffect[] = [];
  for (const [id, { type, name, version }] of right) {
    const known = left.get(id);
    if (known === undefined) found.push({ type, name, change: 'added' });
    else if (known.version !== version) found.push({ type, name, change: 'changed' });
  }
  for (const [id, { type, name }] of left) if (!right.has(id)) found.push({ type, name, change: 'removed' });
  return found.sort((a, b) => byCodeUnit(`${a.type} ${a.name}`, `${b.type} ${b.name}`));
}

function isTouched(subject: Subject, { services, gateways }: Affected): boolean {
  return subject.kind === 'service' ? services.has(subject.service) : gateways.has(subject.gateway);
}

/** For whoever calls, and for namespaces that have something of their own there. */
function serviceEffects(before: Mesh, after: Mesh, service: ServiceKey): readonly ServiceEffect[] {
  const home = service.slice(0, service.indexOf('/'));
  const consumers = new Set(['', ...[before, after].flatMap((mesh) => consumersOf(mesh, service, home))]);
  return [...consumers].sort(byCodeUnit).flatMap((consumer) => {
    const [was, is] = [before, after].map((mesh) => planLines(mesh, planService(mesh, service, viewOf(mesh, anyoneIn(consumer || home), service))));
    if (was === undefined || is === undefined || was.join('\n') === is.join('\n')) return [];
    return [{ service, consumer, before: was, after: is }];
  });
}

function consumersOf(mesh: Mesh, service: ServiceKey, home: string): readonly string[] {
  const namespaces = new Set(proxied(mesh).all.map((workload) => workload.namespace));
  namespaces.delete(home);
  return [...namespaces].filter((namespace) => viewOf(mesh, anyoneIn(namespace), service).consumerNamespace !== '');
}
