// A proxy's configuration without a control plane: what would come over ADS lies in files of a folder.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Svid } from '../../src/identity/index.ts';
import { type fullSet, shown } from './compiled.ts';

type Json = Record<string, unknown>;
type Resources = ReturnType<typeof fullSet>['resources'];

const SECRET = 'extensions.transport_sockets.tls.v3.Secret';
const TYPES = {
  endpoints: 'config.endpoint.v3.ClusterLoadAssignment',
  routes: 'config.route.v3.RouteConfiguration',
  extension: 'config.core.v3.TypedExtensionConfig',
} as const;

const fileOf = (name: string): string => `${name.replaceAll(/[^a-z0-9.]/gi, '_')}.json`;

function write(folder: string, name: string, type: string, resource: object): void {
  writeFileSync(join(folder, fileOf(name)), JSON.stringify({ resources: [{ '@type': `type.googleapis.com/envoy.${type}`, ...resource }] }));
}

/** Every `ads` becomes a file of `folder`, one for each name: a file with several would be refused for endpoints and routes. */
function onFiles(value: unknown, folder: string, name: string): unknown {
  if (Array.isArray(value)) return value.map((item) => onFiles(item, folder, name));
  if (value === null || typeof value !== 'object') return value;
  if ('ads' in value) {
    const path = join(folder, fileOf(name));
    // A filter for which there is nothing: its listener says what holds then.
    if (!existsSync(path)) writeFileSync(path, JSON.stringify({ resources: [] }));
    return { path_config_source: { path }, resource_api_version: 'V3' };
  }
  const own = (value as Json)['route_config_name'] ?? (value as Json)['name'];
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, onFiles(item, folder, typeof own === 'string' ? own : name)]));
}

/** A secret as it would come by SDS. */
export function secretFile(folder: string, secret: { readonly name: string; readonly [field: string]: unknown }): void {
  write(folder, secret.name, SECRET, secret);
}

/** The certificate of the workload itself. */
export function ownCertificate(folder: string, { certificatePem, keyPem }: Svid): void {
  const tls_certificate = { certificate_chain: { inline_string: certificatePem }, private_key: { inline_string: keyPem } };
  secretFile(folder, { name: 'workload', tls_certificate });
}

/** A bootstrap of Envoy with the listeners (those that `listener` wants) and clusters of a full set; the rest it finds in `folder`. */
export function bootstrapOnFiles(id: string, resources: Resources, folder: string, listener: (name: string) => boolean = () => true): Json {
  for (const type of ['endpoints', 'routes', 'extension'] as const)
    for (const [name, each] of Object.entries(shown(resources, type))) write(folder, name, TYPES[type], each as object);
  const listeners = Object.values(shown(resources, 'listener')).filter((each) => listener(String((each as Json)['name'])));
  const static_resources = { clusters: Object.values(shown(resources, 'cluster')), listeners };
  return { node: { id, cluster: id }, ...(onFiles({ static_resources }, folder, '') as Json) };
}
