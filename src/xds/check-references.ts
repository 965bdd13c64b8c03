import { RESOURCE_TYPES, type Reference, type Resource, type ResourceType, referencesOf } from '../envoy/index.ts';
import type { Snapshot } from './snapshot.ts';

export interface DanglingReference {
  /** The resource that points. */
  readonly from: Resource;
  readonly type: ResourceType;
  readonly name: string;
}

/**
 * What resources of a snapshot point at that is not in it: a route's cluster, a listener's route table or extension, a cluster's
 * endpoints, a TLS context's secret. `known` are names from elsewhere (clusters of the bootstrap). Each resource is looked into
 * once in its life, however many snapshots it is part of; `only` limits the work to resources that are new in a snapshot.
 */
export function checkReferences(
  snapshot: Snapshot,
  options: { readonly known?: (reference: Reference) => boolean; readonly only?: Iterable<Resource> } = {},
): readonly DanglingReference[] {
  const dangling: DanglingReference[] = [];
  for (const from of options.only ?? everything(snapshot)) {
    for (const reference of referencesOf(from)) {
      if (snapshot[reference.type].get(reference.name) === undefined && options.known?.(reference) !== true) dangling.push({ from, ...reference });
    }
  }
  return dangling;
}

function* everything(snapshot: Snapshot): Iterable<Resource> {
  for (const type of RESOURCE_TYPES) {
    for (const name of snapshot[type].names()) {
      const resource = snapshot[type].get(name);
      if (resource !== undefined) yield resource;
    }
  }
}
