import { actingAt, calledService } from './policies.ts';
import type { PortSite } from './routes.ts';

/** A port as a view sees it, and what policies say of calls to it. */
export function siteOf({ mesh, service, port, view, cluster }: Pick<PortSite, 'mesh' | 'service' | 'port' | 'view' | 'cluster'>): PortSite {
  const site = { kind: 'route', side: 'outbound', protocol: port.protocol, name: `${service.host}:${port.port}` } as const;
  const place = { mesh, site, subject: { service: calledService(service, port), consumer: view.consumerNamespace }, owner: port };
  const listener = { scheme: 'http', port: port.port } as const;
  return { mesh, service, port, protocol: port.protocol, view, listener, cluster, place, base: actingAt(place) };
}
