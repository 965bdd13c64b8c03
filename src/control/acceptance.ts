import type { Resource, ResourceType } from '../envoy/index.ts';

const keyed = (type: ResourceType, name: string): string => `${type} ${name}`;

/**
 * What proxies have said of resources: for each name the last bytes that one of them accepted, with the turn of the mesh they
 * stand for, and the version that is held back because no document could be blamed for its refusal. One for all shared
 * resources, one for each proxy's own.
 */
export class Acceptance {
  readonly #accepted = new Map<string, Resource>();
  readonly #held = new Map<string, Resource>();
  readonly #turns: WeakMap<Resource, number>;

  constructor(turns: WeakMap<Resource, number>) {
    this.#turns = turns;
  }

  /** The resource was compiled (again) in this turn. The same bytes as accepted ones are accepted, whoever asks. */
  compiled(resource: Resource, turn: number): void {
    this.#turns.set(resource, turn);
    const key = keyed(resource.type, resource.name);
    if (this.#accepted.get(key)?.version === resource.version) this.#accepted.set(key, resource);
  }

  /** A proxy runs these bytes. True when that was not known before. */
  accept(resource: Resource): boolean {
    const key = keyed(resource.type, resource.name);
    if (this.#accepted.get(key)?.version === resource.version) return false;
    this.#accepted.set(key, resource);
    return true;
  }

  accepted(type: ResourceType, name: string): Resource | undefined {
    return this.#accepted.get(keyed(type, name));
  }

  /** Turn up to which the documents behind this name are proven; 0 = none is. */
  provenUntil(type: ResourceType, name: string): number {
    const accepted = this.accepted(type, name);
    return accepted === undefined ? 0 : (this.#turns.get(accepted) ?? 0);
  }

  /** This version is not to be sent any more; what was accepted last stands in for it. */
  hold(resource: Resource): void {
    this.#held.set(keyed(resource.type, resource.name), resource);
  }

  /** Ends the hold on exactly this version, because a proxy runs it after all. False when there is none. */
  unhold(type: ResourceType, name: string, version: string): boolean {
    const key = keyed(type, name);
    const held = this.#held.get(key);
    if (held === undefined || held.version !== version) return false;
    this.#held.delete(key);
    this.#accepted.set(key, held);
    return true;
  }

  holds(type: ResourceType, name: string): boolean {
    return this.#held.has(keyed(type, name));
  }

  /** Ends the hold on exactly this version, to try it again. False when there is none. */
  release(resource: Resource): boolean {
    const key = keyed(resource.type, resource.name);
    return this.#held.get(key)?.version === resource.version && this.#held.delete(key);
  }

  /** What may be sent for a freshly compiled resource: itself, or what was accepted last, or nothing. Another version ends a hold. */
  served(resource: Resource): Resource | undefined {
    const key = keyed(resource.type, resource.name);
    const held = this.#held.get(key);
    if (held === undefined) return resource;
    if (held.version === resource.version) return this.#accepted.get(key);
    this.#held.delete(key);
    return resource;
  }

  /** The resource is no more. */
  forget(type: ResourceType, name: string): void {
    this.#accepted.delete(keyed(type, name));
    this.#held.delete(keyed(type, name));
  }
}
