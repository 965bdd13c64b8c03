import { canonicalJson, type Diagnostic } from '../base/index.ts';
import { type PatchDocument, patched, patchesFor } from '../compile/index.ts';
import { encodeUtf8, RESOURCE_TYPES, type Resource, type ResourceType, referencesOf } from '../envoy/index.ts';
import { type DocumentKey, diagnostic } from '../model/index.ts';
import type { ResourceSet, Snapshot } from '../xds/index.ts';
import { contentVersion } from './compiler.ts';
import type { ProxyState } from './proxy-state.ts';
import { OverlaidSet } from './resource-sets.ts';
import type { Vetting } from './vetting.ts';

export interface PatchingOptions {
  readonly vetting: Vetting;
  readonly turns: WeakMap<Resource, number>;
  readonly turn: () => number;
  readonly restate: (key: DocumentKey) => void;
  /** More may be sent to these proxies now. */
  readonly announce: () => void;
}

/** What the patches of a proxy came to, the last time its snapshot was made. */
export interface Sight {
  readonly findings: readonly Diagnostic[];
  /** `key spec.patches[0]` of every entry that was for some resource. */
  readonly matched: ReadonlySet<string>;
  /** Resources that are as patches make them. */
  readonly patched: readonly Resource[];
  /** Documents that wait for Envoy's answer. */
  readonly waiting: ReadonlySet<DocumentKey>;
}

export const NOTHING_SEEN: Sight = { findings: [], matched: new Set(), patched: [], waiting: new Set() };

const CONTENTS = new WeakMap<PatchDocument, string>();

function contentOf(document: PatchDocument): string {
  const known = CONTENTS.get(document);
  if (known !== undefined) return known;
  const text = contentVersion([encodeUtf8(`${document.key} ${canonicalJson(document.policy.spec)}`)]);
  CONTENTS.set(document, text);
  return text;
}

/** Identity of "these patches on a resource of this name": once Envoy has seen it, later forms of the resource need no second look. */
function idOf({ type, name }: Resource, documents: readonly PatchDocument[]): string {
  return `${type} ${name} ${documents.map(contentOf).join('+')}`;
}

/**
 * Lays what ProxyPatches make of resources over the snapshot of a proxy: the same names, other bytes, its own alone. A patch meets a
 * resource name for the first time only by way of the real Envoy; until that has answered, the proxy keeps what it had.
 */
export class Patching {
  readonly #options: PatchingOptions;
  readonly #waiting = new Map<string, Set<ProxyState>>();

  constructor(options: PatchingOptions) {
    this.#options = options;
  }

  /** The snapshot as the proxy's patches make it. */
  overlay(state: ProxyState, base: Snapshot): Snapshot {
    const sight = { findings: [] as Diagnostic[], matched: new Set<string>(), patched: [] as Resource[], waiting: new Set<DocumentKey>() };
    const over: Partial<Record<ResourceType, ResourceSet>> = {};
    for (const type of RESOURCE_TYPES) {
      const changed = new Map<string, Resource>();
      for (const name of namesFor(state.patches, type, base[type])) {
        const resource = base[type].get(name);
        if (resource === undefined) continue;
        const served = this.#served({ state, base, sight }, resource);
        if (served !== resource) changed.set(name, served);
      }
      if (changed.size > 0) over[type] = new OverlaidSet(base[type], changed);
    }
    state.sight = sight;
    for (const { key } of state.patches) this.#options.restate(key);
    return { ...base, ...over };
  }

  #served(at: { readonly state: ProxyState; readonly base: Snapshot; readonly sight: Writable<Sight> }, resource: Resource): Resource {
    const { state, base, sight } = at;
    const documents = patchesFor(state.patches, resource);
    for (const { key, entries } of documents)
      for (const { path, patch } of entries) if (patch.resource.type === resource.type) sight.matched.add(`${key} ${path}`);
    if (documents.length > 1) sight.findings.push(...severalDiagnostics(documents, resource));
    const made = patched(resource, documents, contentVersion);
    sight.findings.push(...made.findings);
    if (made.resource === resource) return resource;
    const lost = lostReference(made.resource, resource, base);
    const [last] = documents.slice(-1);
    if (lost !== undefined && last !== undefined) {
      sight.findings.push(
        diagnostic('WEFT1863', pathOf(last, resource), `${resource.type} "${resource.name}" would point at ${lost}, which the proxy does not have`),
      );
      return resource;
    }
    const id = idOf(resource, documents);
    if (this.#options.vetting.hasPassed(id)) {
      state.vetted.set(`${resource.type} ${resource.name}`, documents);
      return this.#counted(state, sight, made.resource) ?? resource;
    }
    this.#ask(state, id, { documents, resource: made.resource });
    for (const { key } of documents) sight.waiting.add(key);
    const before = state.vetted.get(`${resource.type} ${resource.name}`);
    if (before === undefined) return resource;
    const standing = patched(resource, before, contentVersion).resource;
    return standing === resource ? resource : (this.#counted(state, sight, standing) ?? resource);
  }

  #counted(state: ProxyState, sight: Writable<Sight>, made: Resource): Resource | undefined {
    if (!this.#options.turns.has(made)) state.acceptance.compiled(made, this.#options.turn());
    const served = state.acceptance.served(made);
    if (served !== undefined) sight.patched.push(served);
    return served;
  }

  #ask(state: ProxyState, id: string, { documents, resource }: { readonly documents: readonly PatchDocument[]; readonly resource: Resource }): void {
    const waiting = this.#waiting.get(id) ?? new Set<ProxyState>();
    this.#waiting.set(id, waiting.add(state));
    // Those that were applied to it before are not to blame.
    const before = state.vetted.get(`${resource.type} ${resource.name}`) ?? [];
    const culprit = documents.findLast((document) => !before.includes(document)) ?? documents.at(-1);
    if (culprit === undefined) return;
    this.#options.vetting.ask({
      id,
      document: culprit.key,
      content: { kind: 'resource', resource },
      passed: () => this.#passed(id, resource),
      refused: () => this.#waiting.delete(id),
    });
  }

  #passed(id: string, { type, name }: Resource): void {
    for (const state of this.#waiting.get(id) ?? []) state.touch({ [type]: new Set([name]) });
    this.#waiting.delete(id);
    this.#options.announce();
  }
}

type Writable<T> = { [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] extends ReadonlySet<infer E> ? Set<E> : T[K] };

/** Names of a type that patches may be for; only a glob looks at all of them. */
function namesFor(patches: readonly PatchDocument[], type: ResourceType, set: ResourceSet): Iterable<string> {
  const wanted = patches.flatMap(({ entries }) => entries.flatMap(({ patch }) => (patch.resource.type === type ? [patch.resource] : [])));
  if (wanted.length === 0) return [];
  if (wanted.some((resource) => resource.name === undefined)) return [...set.names()].filter((name) => patchesFor(patches, { type, name }).length > 0);
  return new Set(wanted.flatMap(({ name }) => name ?? []));
}

function pathOf({ entries }: PatchDocument, { type }: Resource) {
  const entry = entries.find(({ patch }) => patch.resource.type === type) ?? entries[0];
  return entry?.at(`${entry.path}.operations`) ?? { kind: '', namespace: '', name: '', path: '' };
}

function lostReference(made: Resource, base: Resource, snapshot: Snapshot): string | undefined {
  const before = new Set(referencesOf(base).map(({ type, name }) => `${type} ${name}`));
  const lost = referencesOf(made).find(({ type, name }) => type !== 'secret' && !before.has(`${type} ${name}`) && snapshot[type].get(name) === undefined);
  return lost === undefined ? undefined : `${lost.type} "${lost.name}"`;
}

function severalDiagnostics(documents: readonly PatchDocument[], { type, name }: Resource): readonly Diagnostic[] {
  const order = documents.map(({ policy }) => `${policy.namespace}/${policy.name}`).join(', then ');
  return documents.flatMap(({ entries }) => {
    const entry = entries.find(({ patch }) => patch.resource.type === type);
    return entry === undefined ? [] : [diagnostic('WEFT1868', entry.at(entry.path), `${type} "${name}" is patched by ${order}`)];
  });
}
