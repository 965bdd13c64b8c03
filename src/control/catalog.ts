import type { Diagnostic, Origin } from '../base/index.ts';
import { datagramNames, egressNames, type GatewayPlan, ownerOf, type Parts, type ServicePlan, type Subject, subjectKey } from '../compile/index.ts';
import type { Resource, ResourceType } from '../envoy/index.ts';
import type { DocumentKey, Mesh } from '../model/index.ts';
import type { Acceptance } from './acceptance.ts';
import { type Compiler, contentVersion } from './compiler.ts';
import type { Counters } from './counters.ts';
import { keyOfOrigin } from './documents.ts';
import { originsChanged } from './origins-changed.ts';
import type { ScopeGroup } from './scope-group.ts';

export const ALL_PARTS: Parts = { clusters: true, endpoints: true, routes: true };

export interface ResourceChange {
  readonly type: ResourceType;
  readonly name: string;
  /** Undefined: it is no more. */
  readonly resource: Resource | undefined;
}

/** One service as one view sees it, or one Gateway: compiled once, shared by every group of proxies that has it in scope. */
export interface Entry {
  readonly subject: Subject;
  readonly groups: Set<ScopeGroup>;
  /** As compiled, by type and name. */
  compiled: ReadonlyMap<string, Resource>;
  /** As sent: the last accepted bytes stand in where the compiled ones are held back. */
  served: ReadonlyMap<string, Resource>;
  diagnostics: readonly Diagnostic[];
  /** Documents behind it, with how many of its origins are in each. */
  readonly documents: Map<DocumentKey, number>;
}

/** Told of an exception in the pure core, with a way to try the same on another mesh: that is how the document to blame is found. */
export type OnBug = (subject: string, error: unknown, again: (mesh: Mesh) => void) => void;

export interface CatalogOptions {
  readonly compiler: Compiler;
  readonly counters: Counters;
  readonly acceptance: Acceptance;
  readonly turn: () => number;
  /** An exception in the pure core: the entry keeps what it had. */
  readonly onBug: OnBug;
}

const keyOf = (type: ResourceType, name: string): string => `${type} ${name}`;

/** All subjects that some proxy needs now. Compiled when first needed, dropped when no group uses it any more. */
export class Catalog {
  readonly #options: CatalogOptions;
  readonly #byOwner = new Map<string, Map<string, Entry>>();
  readonly #byDocument = new Map<DocumentKey, Set<Entry>>();

  constructor(options: CatalogOptions) {
    this.#options = options;
  }

  /** Entries of a service (its key) or a Gateway (`ownerOfGateway`) that somebody needs. */
  entriesOf(owner: string): Iterable<Entry> {
    return this.#byOwner.get(owner)?.values() ?? [];
  }

  /** Entries with a resource that comes from the document. */
  entriesOfDocument(key: DocumentKey): ReadonlySet<Entry> {
    return this.#byDocument.get(key) ?? NONE;
  }

  get size(): number {
    let size = 0;
    for (const entries of this.#byOwner.values()) size += entries.size;
    return size;
  }

  /** The entry, compiled now if nobody had it; it belongs to `group` until `release`. */
  use(mesh: Mesh, subject: Subject, group: ScopeGroup): Entry {
    const owner = ownerOf(subject);
    const key = subjectKey(subject);
    const entries = this.#byOwner.get(owner) ?? new Map<string, Entry>();
    this.#byOwner.set(owner, entries);
    const known = entries.get(key);
    const entry = known ?? {
      subject,
      groups: new Set<ScopeGroup>(),
      compiled: new Map(),
      served: new Map(),
      diagnostics: [],
      documents: new Map<DocumentKey, number>(),
    };
    entries.set(key, entry);
    if (known === undefined) this.compile(mesh, entry, ALL_PARTS);
    entry.groups.add(group);
    return entry;
  }

  release(entry: Entry, group: ScopeGroup): void {
    entry.groups.delete(group);
    if (entry.groups.size > 0) return;
    const owner = ownerOf(entry.subject);
    const entries = this.#byOwner.get(owner);
    entries?.delete(subjectKey(entry.subject));
    if (entries?.size === 0) this.#byOwner.delete(owner);
    for (const key of entry.documents.keys()) this.#unlink(key, entry);
  }

  /** Compiles parts of an entry again; answers what is different now. */
  compile(mesh: Mesh, entry: Entry, parts: Parts): readonly ResourceChange[] {
    const { counters, onBug } = this.#options;
    try {
      counters.compiles++;
      const made = this.#make(mesh, entry.subject, parts);
      counters.encodes += made.resources.length;
      entry.diagnostics = made.diagnostics;
      return this.#replace(entry, parts, made);
    } catch (error) {
      onBug(wordsOf(entry.subject), error, (other) => void this.#make(other, entry.subject, parts));
      return [];
    }
  }

  #make(mesh: Mesh, subject: Subject, parts: Parts): Compiled {
    const { compiler } = this.#options;
    if (subject.kind === 'service') {
      const plan = compiler.planService(mesh, subject.service, subject.view);
      return { ...compiler.emitService(plan, contentVersion, parts), expected: expectedNames(plan) };
    }
    const plan = compiler.planGateway(mesh, subject.gateway);
    if (plan === undefined) return { resources: [], diagnostics: [], expected: NO_NAMES };
    return { ...compiler.emitGateway(plan, subject.bind, contentVersion), expected: expectedOfGateway(plan) };
  }

  /** A hold was put on a resource or taken away: answers the changes of the entries that serve it. */
  reserve(entry: Entry): readonly ResourceChange[] {
    const before = entry.served;
    entry.served = this.#servedOf(entry.compiled);
    return differences(before, entry.served);
  }

  #replace(entry: Entry, parts: Parts, { resources, expected }: Compiled): readonly ResourceChange[] {
    const compiled = new Map<string, Resource>();
    for (const [key, resource] of entry.compiled) {
      // Not asked for, or emitted by the plan's word and yet not there: it broke Envoy's rules, so its last good stays.
      if (!isPart(resource.type, parts) || expected.has(key)) compiled.set(key, resource);
    }
    for (const resource of resources) {
      const key = keyOf(resource.type, resource.name);
      const before = entry.compiled.get(key);
      const kept = before !== undefined && before.version === resource.version && sameOrigins(before.origins, resource.origins) ? before : resource;
      compiled.set(key, kept);
      this.#options.acceptance.compiled(kept, this.#options.turn());
    }
    const before = entry.compiled;
    entry.compiled = compiled;
    this.#link(entry, before);
    return this.reserve(entry);
  }

  #servedOf(compiled: ReadonlyMap<string, Resource>): ReadonlyMap<string, Resource> {
    const served = new Map<string, Resource>();
    for (const [key, resource] of compiled) {
      const sent = this.#options.acceptance.served(resource);
      if (sent !== undefined) served.set(key, sent);
    }
    return served;
  }

  /** The documents of a table are thousands, and nearly all of them are those it had before: only what differs is looked at closely. */
  #link(entry: Entry, before: ReadonlyMap<string, Resource>): void {
    const { gone, come } = originsChanged(before, entry.compiled);
    for (const origin of come) {
      const key = keyOfOrigin(origin);
      const count = entry.documents.get(key) ?? 0;
      entry.documents.set(key, count + 1);
      if (count === 0) this.#byDocument.set(key, (this.#byDocument.get(key) ?? new Set()).add(entry));
    }
    for (const origin of gone) {
      const key = keyOfOrigin(origin);
      const count = entry.documents.get(key) ?? 0;
      if (count > 1) entry.documents.set(key, count - 1);
      else if (entry.documents.delete(key)) this.#unlink(key, entry);
    }
  }

  #unlink(key: DocumentKey, entry: Entry): void {
    const entries = this.#byDocument.get(key);
    entries?.delete(entry);
    if (entries?.size === 0) this.#byDocument.delete(key);
  }
}

const NONE: ReadonlySet<Entry> = new Set();

function isPart(type: ResourceType, parts: Parts): boolean {
  if (type === 'cluster') return parts.clusters;
  if (type === 'endpoints') return parts.endpoints;
  return type === 'routes' ? parts.routes : true;
}

interface Compiled {
  readonly resources: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
  /** What the plan speaks of, whether or not it could be emitted. */
  readonly expected: ReadonlySet<string>;
}

function expectedNames(plan: ServicePlan): ReadonlySet<string> {
  const names = new Set<string>();
  for (const port of [...plan.ports, ...plan.subsets]) {
    names.add(keyOf('cluster', port.cluster.name)).add(keyOf('endpoints', port.cluster.name));
    if (port.routesName !== '') names.add(keyOf('routes', port.routesName));
  }
  return names;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** Its route tables and secrets; a listener always can be emitted. */
function expectedOfGateway({ ports, secrets, egress, datagrams }: GatewayPlan): ReadonlySet<string> {
  const tables = ports.flatMap(({ chains }) => chains.flatMap(({ end }) => (end.kind === 'requests' ? [keyOf('routes', end.table.name)] : [])));
  const leaving = [...egressNames(egress), ...datagramNames(datagrams)].map(([type, name]) => keyOf(type, name));
  return new Set([...tables, ...leaving, ...secrets.map(({ name }) => keyOf('secret', name))]);
}

function wordsOf(subject: Subject): string {
  if (subject.kind === 'gateway') return `Gateway ${subject.gateway}`;
  return `Service ${subject.service}${subject.view.key === '' ? '' : ` as seen by ${subject.view.key}`}`;
}

/** Equal bytes keep one object, unless they come from other places now: then explain must show the new ones. */
export function sameOrigins(a: readonly Origin[], b: readonly Origin[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, at) => {
      const other = b[at];
      return (
        other !== undefined &&
        one.kind === other.kind &&
        one.namespace === other.namespace &&
        one.name === other.name &&
        one.path === other.path &&
        one.line === other.line &&
        one.file === other.file
      );
    })
  );
}

function differences(before: ReadonlyMap<string, Resource>, after: ReadonlyMap<string, Resource>): readonly ResourceChange[] {
  const changes: ResourceChange[] = [];
  for (const [key, resource] of after) if (before.get(key) !== resource) changes.push({ type: resource.type, name: resource.name, resource });
  for (const [key, { type, name }] of before) if (!after.has(key)) changes.push({ type, name, resource: undefined });
  return changes;
}
