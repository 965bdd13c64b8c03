// Resources for tests of the delta protocol: what is in them does not matter, only who they are.
import { RESOURCE_TYPES, type Resource, type ResourceName, type ResourceType, type Version } from '../../src/envoy/index.ts';
import { type DeltaRequest, resourceSet, type Snapshot } from '../../src/xds/index.ts';

export function resource(type: ResourceType, name: string, version = '1', bytes = 10): Resource {
  return { type, name: name as ResourceName, version: version as Version, body: [new Uint8Array(bytes)], origins: [] };
}

/** `{ cluster: { a: '1' } }` as a snapshot: names to versions. */
export function snapshot(content: Partial<Record<ResourceType, Readonly<Record<string, string>>>>): Snapshot {
  const sets = RESOURCE_TYPES.map((type) => [type, resourceSet(Object.entries(content[type] ?? {}).map(([name, version]) => resource(type, name, version)))]);
  return Object.fromEntries(sets) as unknown as Snapshot;
}

export function request(
  type: ResourceType,
  more: Partial<Omit<DeltaRequest, 'initialVersions'>> & { readonly initial?: Readonly<Record<string, string>> } = {},
): DeltaRequest {
  const { initial = {}, ...rest } = more;
  return { typeUrl: '', type, subscribe: [], unsubscribe: [], nonce: '', initialVersions: new Map(Object.entries(initial)), ...rest };
}
