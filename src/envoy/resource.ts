import type { Brand, Origin } from '../base/index.ts';

export type ResourceName = Brand<string, 'ResourceName'>;
/** Content hash of a resource's bytes; equal bytes, equal version, on any machine. */
export type Version = Brand<string, 'Version'>;

/** The types Weft serves, in the order of a push: clusters before endpoints, listeners before routes. */
export const RESOURCE_TYPES = ['cluster', 'endpoints', 'secret', 'listener', 'routes', 'extension'] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

export const TYPE_URLS: Readonly<Record<ResourceType, string>> = {
  cluster: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  endpoints: 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
  secret: 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
  listener: 'type.googleapis.com/envoy.config.listener.v3.Listener',
  routes: 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
  extension: 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig',
};

/**
 * One xDS resource, encoded once and shared by every proxy that may see it. `body` is the encoded message in pieces (a
 * listener is a frame around chains whose bytes are shared); its bytes are their concatenation.
 */
export interface Resource {
  readonly type: ResourceType;
  readonly name: ResourceName;
  readonly version: Version;
  readonly body: readonly Uint8Array[];
  readonly origins: readonly Origin[];
  /** A cluster that has to be checked or looked up before it takes requests: what sends to it must not come before it is ready. */
  readonly slowToWarm?: true;
}
