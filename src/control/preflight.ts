import type { Resource } from '../envoy/index.ts';
import { checkReferences, type DanglingReference } from '../xds/index.ts';
import type { Acceptance } from './acceptance.ts';
import type { ProxyState } from './proxy-state.ts';
import type { ScopeGroup } from './scope-group.ts';

export interface PreflightOptions {
  readonly shared: Acceptance;
  /** Serves a resource anew after a hold on it came or went; `state` when it is that proxy's own. */
  readonly reserve: (resource: Resource, state: ProxyState | undefined) => void;
  /** Something was found for the first time. */
  readonly report: (dangling: DanglingReference, proxy: ProxyState) => void;
  /** What was reported of this resource holds no longer. */
  readonly resolved: (resource: Resource) => void;
}

interface Found {
  readonly group: ScopeGroup;
  readonly state: ProxyState | undefined;
}

/**
 * Looks into what is new in snapshots before it leaves: what points at something that is not there is held back as long as its
 * last accepted form can stand in, and is tried again with every change. Without one it is sent all the same, because a route table with one
 * broken route is better than none. The compiler sends closed sets, so whatever is found here is a fault of ours.
 */
export class Preflight {
  readonly #options: PreflightOptions;
  #groups = new Map<ScopeGroup, Set<Resource>>();
  #own = new Map<ProxyState, Set<Resource>>();
  #found = new Map<Resource, Found>();

  constructor(options: PreflightOptions) {
    this.#options = options;
  }

  /** New in every snapshot of the group. */
  shared(group: ScopeGroup, resources: Iterable<Resource | undefined>): void {
    this.#groups.set(group, collected(this.#groups.get(group), resources));
  }

  /** New in the snapshot of one proxy. */
  own(state: ProxyState, resources: Iterable<Resource | undefined>): void {
    this.#own.set(state, collected(this.#own.get(state), resources));
  }

  /** Checks what came in since the last call. */
  run(): void {
    const before = this.#found;
    this.#found = new Map();
    for (const [resource, { group, state }] of before) this.#retry(resource, group, state);
    const [groups, own] = [this.#groups, this.#own];
    this.#groups = new Map();
    this.#own = new Map();
    for (const [group, resources] of groups) {
      const [member] = group.members;
      if (member !== undefined) this.#check({ group, state: undefined }, member, resources, before);
    }
    for (const [state, resources] of own) if (state.group !== undefined) this.#check({ group: state.group, state }, state, resources, before);
    for (const resource of before.keys()) if (!this.#found.has(resource)) this.#options.resolved(resource);
  }

  #retry(resource: Resource, group: ScopeGroup, state: ProxyState | undefined): void {
    const acceptance = state?.acceptance ?? this.#options.shared;
    if (acceptance.release(resource)) this.#options.reserve(resource, state);
    const current = (state?.own ?? group.layer)[resource.type]?.get(resource.name);
    if (current !== resource) return;
    if (state === undefined) this.shared(group, [resource]);
    else this.own(state, [resource]);
  }

  #check(found: Found, proxy: ProxyState, resources: ReadonlySet<Resource>, before: ReadonlyMap<Resource, Found>): void {
    const dangling = checkReferences(proxy.snapshot(), { only: resources, known: ({ type }) => type === 'secret' });
    for (const one of dangling) {
      const { from } = one;
      if (this.#found.has(from)) continue;
      this.#found.set(from, found);
      const acceptance = found.state?.acceptance ?? this.#options.shared;
      const accepted = acceptance.accepted(from.type, from.name);
      if (accepted !== undefined && accepted.version !== from.version) {
        acceptance.hold(from);
        this.#options.reserve(from, found.state);
      }
      if (!before.has(from)) this.#options.report(one, proxy);
    }
  }
}

/**
 * Listeners are left out: they are large and each proxy's own, so looking into them would cost every proxy of a herd most of a
 * millisecond, and a route table that is not there is answered with an empty one by xds.
 */
function collected(known: Set<Resource> | undefined, resources: Iterable<Resource | undefined>): Set<Resource> {
  const set = known ?? new Set<Resource>();
  for (const resource of resources) if (resource?.type === 'cluster' || resource?.type === 'routes') set.add(resource);
  return set;
}
