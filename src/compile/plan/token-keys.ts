// Who serves the keys of issuers: a Service of the mesh, or what an ExternalService says is outside. Proxies fetch from nowhere else.
import { type Mesh, type Service, type ServiceKey, serviceKey, servicesOfHost } from '../../model/index.ts';
import { isNear, parseKeysUri } from '../../policy/index.ts';

export type KeysSource = { readonly service: ServiceKey; readonly host: string; readonly port: number } | { readonly why: string };

/** Where a jwks address leads, or why it leads nowhere. */
export function keysSource(mesh: Mesh, uri: string): KeysSource {
  const place = parseKeysUri(uri);
  if (typeof place === 'string') return { why: place };
  const { host, port, tls } = place;
  const service = inside(mesh, host) ?? servicesOfHost(mesh, host)[0];
  if (service === undefined) return { why: `no ExternalService has the host ${host}, and it is no Service of the mesh` };
  const words = objection(service, port, tls);
  return words === undefined ? { service: service.key, host, port } : { why: words };
}

function inside(mesh: Mesh, host: string): Service | undefined {
  const [name = '', namespace = ''] = host.split('.');
  const service = mesh.services.get(serviceKey(namespace, name));
  return service?.host === host ? service : undefined;
}

function objection(service: Service, port: number, tls: boolean): string | undefined {
  const found = service.ports.find((each) => each.port === port);
  const has = service.ports.map((each) => each.port).join(', ');
  if (found === undefined) return `${service.host} has no port ${port}; it has ${has}`;
  if (found.protocol === 'tcp') return `port ${port} of ${service.host} speaks TCP, not HTTP`;
  const { external } = service;
  if (external === undefined) return tls ? `${service.host} is reached by the mutual TLS of the mesh: write http://` : undefined;
  const near = external.addresses.find(isNear);
  if (near !== undefined) return `${service.host} is at ${near}, which is this machine or its surroundings`;
  if (!tls) return `${service.host} would be asked in plaintext, so whoever is on the way could give keys of his own`;
  return external.tls === undefined ? `the ExternalService of ${service.host} has no tls, so nobody would encrypt: add tls: {}` : undefined;
}
