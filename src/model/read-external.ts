import { parseDuration } from './duration.ts';
import type { Document, Service } from './entities.ts';
import { type ExternalResolution, externalKey } from './external.ts';
import { gatewayKey } from './keys.ts';
import { type ExternalServiceSpec, resolutionOf } from './kinds/external-service.ts';
import { isEncrypted, protocolOf } from './kinds/protocol.ts';
import { originsOf } from './place.ts';

function resolutionIn(spec: ExternalServiceSpec): ExternalResolution {
  const resolution = resolutionOf(spec);
  if (resolution === 'DNS') return spec.dns?.mode === 'Strict' ? 'strict' : 'logical';
  return resolution === 'Static' ? 'static' : 'dynamic';
}

/** An ExternalService as the compiler reads it; its virtual addresses depend on the other services (see addresses.ts). */
export function readExternalService(document: Document, spec: ExternalServiceSpec): Service {
  const { namespace, name, creationTimestamp = '' } = document.metadata;
  const origin = originsOf(document);
  const ports = spec.ports.map((port, at) => ({
    name: port.name,
    port: port.port,
    targetPort: port.targetPort ?? port.port,
    ...protocolOf(port),
    ...(isEncrypted(port) ? { encrypted: true as const } : {}),
    origin: origin(`spec.ports[${at}]`),
  }));
  const { tls, dns, egress } = spec;
  return {
    key: externalKey(namespace, name),
    namespace,
    name,
    host: spec.hosts[0] ?? '',
    vip: '',
    ports,
    selector: {},
    headless: false,
    instances: [],
    publishNotReady: false,
    external: {
      hosts: spec.hosts.map((host) => ({ host, vip: '' })),
      resolution: resolutionIn(spec),
      alias: '',
      addresses: spec.addresses,
      refreshMs: parseDuration(dns?.refresh ?? '') ?? 30_000,
      resolvers: dns?.resolvers ?? [],
      ...(tls === undefined ? {} : { tls: { sni: tls.sni ?? '', caPem: tls.caCertificates ?? '', names: tls.subjectAltNames } }),
      ...(egress === undefined
        ? {}
        : {
            egress: {
              gateway: gatewayKey(egress.gateway.namespace ?? namespace, egress.gateway.name),
              port: egress.gateway.port,
              origin: origin('spec.egress.gateway'),
            },
          }),
      createdAt: creationTimestamp,
    },
    origin: origin(''),
  };
}
