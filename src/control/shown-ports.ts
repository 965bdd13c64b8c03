// What a Service's status says beside its conditions: what its ports speak and who says so, and the addresses given to its names.
import { type DocumentKey, externalKey, type Mesh, type Service, serviceKey, splitDocumentKey } from '../model/index.ts';

const SOURCES = { declared: 'Declared', detected: 'Detected', disputed: 'Disputed', routed: 'Routed', assumed: 'Assumed' } as const;

function serviceOf(mesh: Mesh, key: DocumentKey): Service | undefined {
  const { kind, namespace, name } = splitDocumentKey(key);
  if (kind === 'Service') return mesh.services.get(serviceKey(namespace, name));
  return kind === 'ExternalService' ? mesh.services.get(externalKey(namespace, name)) : undefined;
}

/** Fields of a status that are about its ports and addresses; none for another kind, or a document that is not in force. */
export function shownPorts(mesh: Mesh, key: DocumentKey): Readonly<Record<string, unknown>> {
  const service = serviceOf(mesh, key);
  if (service === undefined) return {};
  const ports = service.ports.map(({ name, port, protocol, told }) => ({ ...(name === '' ? {} : { name }), port, protocol, source: SOURCES[told] }));
  return { ports, addresses: addressesOf(service) };
}

function addressesOf({ host, vip, headless, instances, external }: Service): readonly { readonly host: string; readonly address: string }[] {
  if (external !== undefined) return external.hosts.map((each) => ({ host: each.host, address: each.vip }));
  if (headless) return instances.map((each) => ({ host: `${each.name}.${host}`, address: each.vip }));
  return [{ host, address: vip }];
}
