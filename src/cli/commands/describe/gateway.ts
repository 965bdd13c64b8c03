import type { ProxyView } from '../../../api/index.ts';
import type { Document } from '../../../model/index.ts';
import type { Client } from '../../client/client.ts';
import { tableText } from '../../text/table.ts';
import { fieldsText, sectionText } from './fields.ts';
import { all } from './service.ts';

type Fields = Readonly<Record<string, unknown>>;

const items = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as readonly Fields[]) : []);
const text = (value: unknown, otherwise = ''): string => (value === undefined || value === '' ? otherwise : String(value));

/** What a listener has against it, as its status says: reasons of conditions that are not as they should be. */
function troubleOf(listener: Fields | undefined): string {
  const bad = items(listener?.['conditions']).filter(({ type, status }) =>
    type === 'Conflicted' || type === 'OverlappingTLSConfig' ? status === 'True' : status !== 'True',
  );
  return [...new Set(bad.map(({ reason }) => text(reason)))].join(', ');
}

function listenersText({ spec, status }: Document): string {
  const known = items(status?.['listeners']);
  const rows = items(spec['listeners']).map((listener) => {
    const { certificateRefs, mode = 'Terminate' } = (listener['tls'] ?? {}) as Fields;
    const names = items(certificateRefs).map(({ name }) => text(name));
    const tls = listener['tls'] === undefined ? '-' : names.length > 0 ? names.join(', ') : text(mode);
    const found = known.find(({ name }) => name === listener['name']);
    const trouble = troubleOf(found);
    return [
      text(listener['name']),
      text(listener['port']),
      text(listener['protocol']),
      text(listener['hostname'], '*'),
      tls,
      text(found?.['attachedRoutes'], '?'),
      found === undefined ? 'not looked at yet' : trouble === '' ? 'served' : trouble,
    ];
  });
  return tableText(['name', 'port', 'protocol', 'hostname', 'certificates', 'routes', 'state'], rows);
}

function routesText(routes: readonly Document[], { metadata }: Document): string {
  const mine = routes.filter((route) =>
    items(route.spec['parentRefs']).some(
      ({ kind = 'Gateway', name, namespace = route.metadata.namespace }) => kind === 'Gateway' && name === metadata.name && namespace === metadata.namespace,
    ),
  );
  const hosts = ({ spec }: Document): string => ((spec['hostnames'] ?? []) as readonly string[]).join(', ') || '*';
  const rows = mine.map((route) => [route.kind, `${route.metadata.namespace}/${route.metadata.name}`, hosts(route)]);
  return rows.length === 0 ? '' : tableText(['kind', 'route', 'hostnames'], rows);
}

/** What makes a Gateway: its addresses, its listeners with their state, the routes that name it, and the proxies that serve it. */
export async function gatewayText(client: Client, document: Document): Promise<string> {
  const { metadata, spec, status } = document;
  const routes = [
    ...(await all(client, 'gateway.networking.k8s.io/v1', 'HTTPRoute', undefined)),
    ...(await all(client, 'gateway.networking.k8s.io/v1', 'GRPCRoute', undefined)),
    ...(await all(client, 'gateway.networking.k8s.io/v1', 'TLSRoute', undefined)),
    ...(await all(client, 'gateway.networking.k8s.io/v1', 'TCPRoute', undefined)),
    ...(await all(client, 'gateway.networking.k8s.io/v1', 'UDPRoute', undefined)),
  ];
  const workloads = await all(client, 'weft.dev/v1alpha1', 'Workload', metadata.namespace);
  const serving = new Set(workloads.filter((each) => each.spec['gateway'] === metadata.name).map((each) => `${metadata.namespace}/${each.metadata.name}`));
  const proxies = ((await client.weft('proxies')) as { readonly items: readonly ProxyView[] }).items.filter(({ id }) => serving.has(id));
  const head = fieldsText([
    ['Class', text(spec['gatewayClassName'])],
    ['Addresses', items(status?.['addresses']).map(({ value }) => text(value))],
  ]);
  const proxied =
    proxies.length === 0
      ? ''
      : tableText(
          ['proxy', 'sync'],
          proxies.map(({ id, sync }) => [id, sync]),
        );
  return [head, sectionText('Listeners', listenersText(document)), sectionText('Routes', routesText(routes, document)), sectionText('Proxies', proxied)].join(
    '',
  );
}
