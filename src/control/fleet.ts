import type { Diagnostic } from '../base/index.ts';
import { ownerOfGateway, type Parts, type Subject, secretName, subjectKey } from '../compile/index.ts';
import type { Resource } from '../envoy/index.ts';
import {
  type DocumentKey,
  diagnostic,
  type GatewayKey,
  type Mesh,
  type ProxyId,
  type ServiceKey,
  spiffeId,
  splitDocumentKey,
  type WorkloadKey,
  workloadKey,
} from '../model/index.ts';
import type { DanglingReference, Touched } from '../xds/index.ts';
import { Acceptance } from './acceptance.ts';
import { ALL_PARTS, Catalog, type Entry, type OnBug, type ResourceChange, sameOrigins } from './catalog.ts';
import { type Compiler, contentVersion } from './compiler.ts';
import type { Counters } from './counters.ts';
import { documentsBehind } from './documents.ts';
import type { NodeAdmissions } from './node-admissions.ts';
import type { Patching } from './patching.ts';
import { Preflight } from './preflight.ts';
import type { Holder, ProxyState } from './proxy-state.ts';
import { layerOf } from './resource-sets.ts';
import { changedLayer, differenceOf, groupKey, layerOfEntries, type ScopeGroup, touchedBy } from './scope-group.ts';

export interface FleetOptions {
  readonly compiler: Compiler;
  readonly counters: Counters;
  readonly turns: WeakMap<Resource, number>;
  readonly turn: () => number;
  readonly onBug: OnBug;
  readonly onDangling: (dangling: DanglingReference, proxy: ProxyState) => void;
  readonly onResolved: (resource: Resource) => void;
  readonly patching: Patching;
  readonly nodes: Pick<NodeAdmissions, 'served'>;
}

interface Seen {
  readonly key: string;
  readonly at: readonly Subject[];
}

/**
 * All proxies, and what each of them should hold: one group per (scope, views), one catalog entry per (service, view), and a
 * few resources of its own per proxy. A change costs what it touches times the groups and proxies that see it.
 */
export class Fleet {
  readonly proxies = new Map<ProxyId, ProxyState>();
  readonly catalog: Catalog;
  readonly acceptance: Acceptance;
  readonly #options: FleetOptions;
  readonly #preflight: Preflight;
  readonly #groups = new Map<string, ScopeGroup>();

  constructor(options: FleetOptions) {
    this.#options = options;
    this.acceptance = new Acceptance(options.turns);
    this.catalog = new Catalog({ ...options, acceptance: this.acceptance });
    this.#preflight = new Preflight({
      shared: this.acceptance,
      report: options.onDangling,
      resolved: options.onResolved,
      reserve: (resource, state) => {
        if (state !== undefined) this.ownReserved(state);
        else this.entriesReserved(new Set(documentsBehind(resource).flatMap((key) => [...this.entriesOfDocument(key)])));
      },
    });
  }

  get groups(): number {
    return this.#groups.size;
  }

  /** Compiles what the proxy needs and nobody had yet. */
  join(mesh: Mesh, state: ProxyState): void {
    this.proxies.set(state.id, state);
    this.proxyChanged(mesh, state, new Map());
    this.#preflight.run();
    state.touch('all');
  }

  leave(state: ProxyState): void {
    if (this.proxies.get(state.id) !== state) return;
    this.proxies.delete(state.id);
    this.#leaveGroup(state);
  }

  /** Checks what the changes so far put into snapshots; call it before `announce`. */
  preflight(): void {
    this.#preflight.run();
  }

  /** Compiles parts of a service again, in every view that somebody needs. */
  serviceChanged(mesh: Mesh, service: ServiceKey, parts: Parts): void {
    for (const entry of this.catalog.entriesOf(service)) this.#spread(entry, this.catalog.compile(mesh, entry, parts));
  }

  /** Compiles a Gateway again, for all of its proxies. */
  gatewayChanged(mesh: Mesh, gateway: GatewayKey): void {
    for (const entry of this.catalog.entriesOf(ownerOfGateway(gateway))) this.#spread(entry, this.catalog.compile(mesh, entry, ALL_PARTS));
  }

  /** A hold on one of the entries' resources came or went. */
  entriesReserved(entries: Iterable<Entry>): void {
    for (const entry of entries) this.#spread(entry, this.catalog.reserve(entry));
  }

  /** What is the proxy's own may have changed, its scope included. `moves` is shared by the proxies of one change. */
  proxyChanged(mesh: Mesh, state: ProxyState, moves: Map<string, Touched>): void {
    this.#regroup(mesh, state, moves);
    this.#compileOwn(mesh, state);
    this.#patch(mesh, state);
  }

  #patch(mesh: Mesh, state: ProxyState): void {
    const { compiler, patching, onBug } = this.#options;
    try {
      const patches = compiler.patchesOf(mesh, state.proxy);
      if (patches.length === state.patches.length && patches.every((one, at) => one === state.patches[at])) return;
      state.patches = patches;
      state.overlay = patches.length === 0 ? undefined : (base) => patching.overlay(state, base);
      if (patches.length === 0) state.vetted.clear();
      state.touch('all');
    } catch (error) {
      onBug(`the patches of proxy ${state.id}`, error, (other) => void compiler.patchesOf(other, state.proxy));
    }
  }

  /** A hold on one of its own resources came or went. */
  ownReserved(state: ProxyState): void {
    this.#serveOwn(state, state.ownCompiled);
  }

  /** Entries that come from a document, and through them the proxies that should run it. */
  proxiesOf(entries: Iterable<Entry>): Set<ProxyState> {
    const found = new Set<ProxyState>();
    for (const entry of entries) for (const group of entry.groups) for (const member of group.members) if (member.outlet !== undefined) found.add(member);
    return found;
  }

  entriesOfDocument(key: DocumentKey): ReadonlySet<Entry> {
    return this.catalog.entriesOfDocument(key);
  }

  /** Against a workload whose node did not join for it. */
  unproved(mesh: Mesh, key: DocumentKey): readonly Diagnostic[] {
    const { kind, namespace, name } = splitDocumentKey(key);
    const workload = kind === 'Workload' ? mesh.workloads.get(workloadKey(namespace, name)) : undefined;
    const node = workload?.proxy?.node;
    if (workload === undefined || node === undefined || mesh.workloads.get(node)?.node !== true) return [];
    if (this.#options.nodes.served(mesh, node).proved.includes(workload.key)) return [];
    const words = `node ${node} did not join for Workload ${workload.key} with its join token, so it does not serve it`;
    return [diagnostic('WEFT2482', { ...workload.origin, path: 'spec.proxy.node' }, words)];
  }

  announce(): void {
    for (const state of this.proxies.values()) state.announce();
  }

  #spread(entry: Entry, changes: readonly ResourceChange[]): void {
    if (changes.length === 0) return;
    const touched = touchedBy(changes);
    for (const group of entry.groups) {
      group.layer = changedLayer(group.layer, changes);
      this.#preflight.shared(
        group,
        changes.map((change) => change.resource),
      );
      for (const member of group.members) member.touch(touched);
    }
  }

  /** What the proxy is, and for whom. */
  #casts(mesh: Mesh, state: ProxyState): void {
    const workload = mesh.workloads.get(state.workload);
    state.role = workload?.node === true ? 'node' : workload?.gateway === undefined ? 'sidecar' : 'gateway';
    state.serves = state.role === 'node' ? this.#options.nodes.served(mesh, state.workload).proved : [state.workload];
    state.servedIdentities = state.role === 'node' ? identitiesOf(mesh, state.serves) : NO_IDENTITIES;
  }

  #seen(mesh: Mesh, state: ProxyState): Seen {
    this.#casts(mesh, state);
    const at = this.#options.compiler.subjectsOf(mesh, state.proxy);
    return { key: groupKey(at.map(subjectKey)), at };
  }

  #regroup(mesh: Mesh, state: ProxyState, moves: Map<string, Touched>): void {
    let seen: Seen;
    try {
      seen = this.#seen(mesh, state);
    } catch (error) {
      this.#options.onBug(`the scope of proxy ${state.id}`, error, (other) => void this.#seen(other, state));
      return;
    }
    const before = state.group;
    if (before?.key === seen.key) return;
    const group = this.#groups.get(seen.key) ?? this.#openGroup(mesh, seen, before);
    group.members.add(state);
    state.group = group;
    if (before === undefined) {
      state.touch('all');
      return;
    }
    const move = `${before.key} ${group.key}`;
    const touched = moves.get(move) ?? touchedBy(differenceOf(before, group));
    moves.set(move, touched);
    state.touch(touched);
    this.#dropFrom(before, state);
  }

  #openGroup(mesh: Mesh, seen: Seen, before: ScopeGroup | undefined): ScopeGroup {
    const entries: Entry[] = [];
    const group: ScopeGroup = { key: seen.key, entries, members: new Set(), layer: {} };
    for (const at of seen.at) entries.push(this.catalog.use(mesh, at, group));
    group.layer = before === undefined ? layerOfEntries(entries) : changedLayer(before.layer, differenceOf(before, group));
    this.#groups.set(seen.key, group);
    for (const entry of entries) this.#preflight.shared(group, entry.served.values());
    return group;
  }

  #leaveGroup(state: ProxyState): void {
    if (state.group !== undefined) this.#dropFrom(state.group, state);
    state.group = undefined;
  }

  #dropFrom(group: ScopeGroup, state: ProxyState): void {
    group.members.delete(state);
    if (group.members.size > 0) return;
    this.#groups.delete(group.key);
    for (const entry of group.entries) this.catalog.release(entry, group);
  }

  #compileOwn(mesh: Mesh, state: ProxyState): void {
    const { compiler, counters, onBug } = this.#options;
    try {
      counters.compiles++;
      const plan = compiler.planProxy(mesh, state.proxy);
      const emitted = compiler.emitProxy(plan, contentVersion);
      counters.encodes += emitted.resources.length;
      state.ownDiagnostics = [...plan.diagnostics, ...emitted.diagnostics];
      this.#serveOwn(state, this.#kept(state, emitted.resources, emitted.diagnostics.length > 0));
    } catch (error) {
      onBug(`proxy ${state.id}`, error, (other) => void compiler.emitProxy(compiler.planProxy(other, state.proxy), contentVersion));
    }
  }

  /** The same objects for the same bytes; and the last good ones for those that break Envoy's rules now. */
  #kept(state: ProxyState, emitted: readonly Resource[], broken: boolean): readonly Resource[] {
    const before = new Map(state.ownCompiled.map((resource) => [`${resource.type} ${resource.name}`, resource]));
    const resources = emitted.map((resource) => {
      const key = `${resource.type} ${resource.name}`;
      const known = before.get(key);
      before.delete(key);
      const kept = known !== undefined && known.version === resource.version && sameOrigins(known.origins, resource.origins) ? known : resource;
      state.acceptance.compiled(kept, this.#options.turn());
      return kept;
    });
    return broken ? [...resources, ...before.values()] : resources;
  }

  #serveOwn(state: ProxyState, compiled: readonly Resource[]): void {
    const before = state.own;
    state.ownCompiled = compiled;
    state.own = layerOf(compiled.flatMap((resource) => state.acceptance.served(resource) ?? []));
    const changes: ResourceChange[] = [];
    for (const type of ['cluster', 'listener', 'routes', 'extension', 'endpoints'] as const) {
      const [old, now] = [before[type], state.own[type]];
      for (const name of now?.names() ?? []) if (old?.get(name) !== now?.get(name)) changes.push({ type, name, resource: now?.get(name) });
      for (const name of old?.names() ?? []) if (now?.get(name) === undefined) changes.push({ type, name, resource: undefined });
    }
    this.#preflight.own(
      state,
      changes.map((change) => change.resource),
    );
    if (changes.length > 0) state.touch(touchedBy(changes));
  }
}

const NO_IDENTITIES: ReadonlyMap<string, Holder> = new Map();

/** By name of the secret. */
function identitiesOf(mesh: Mesh, serves: readonly WorkloadKey[]): ReadonlyMap<string, Holder> {
  const found = new Map<string, Holder>();
  for (const workload of serves.flatMap((key) => mesh.workloads.get(key) ?? [])) {
    const identity = spiffeId(mesh.config.trustDomain, workload.namespace, workload.serviceAccount);
    const name = secretName(identity, true);
    if (!found.has(name)) found.set(name, { identity, workload: workload.key });
  }
  return found;
}
