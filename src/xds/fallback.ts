import {
  ClusterLoadAssignmentSchema,
  encode,
  type Resource,
  type ResourceName,
  type ResourceType,
  RouteConfigurationSchema,
  type Version,
} from '../envoy/index.ts';

/** Version of what is answered in place of something that does not exist: not a hash, so that it never equals one. It counts as nothing held. */
export const ABSENT = 'absent' as Version;

/**
 * What to answer when a client asks for endpoints or routes that do not exist. Envoy ignores that such a name is "removed" and
 * would warm for ten seconds; no endpoints and no routes are an answer it understands. Nothing for other types.
 */
export function fallback(type: ResourceType, name: string): Resource | undefined {
  const resource = (bytes: Uint8Array): Resource => ({ type, name: name as ResourceName, version: ABSENT, body: [bytes], origins: [] });
  if (type === 'endpoints') return resource(encode(ClusterLoadAssignmentSchema, { clusterName: name }));
  if (type === 'routes') return resource(encode(RouteConfigurationSchema, { name }));
  return undefined;
}
