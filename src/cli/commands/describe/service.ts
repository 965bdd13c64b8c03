import type { ProxyView } from '../../../api/index.ts';
import { type Document, selects } from '../../../model/index.ts';
import { kindOf } from '../../../policy/index.ts';
import type { Client } from '../../client/client.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { complete } from '../../text/document.ts';
import { tableText } from '../../text/table.ts';
import { fieldsText, pairs, sectionText } from './fields.ts';

type Fields = Readonly<Record<string, unknown>>;

const items = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as readonly Fields[]) : []);
const text = (value: unknown, otherwise = ''): string => (value === undefined || value === '' ? otherwise : String(value));

export async function all(client: Client, apiVersion: string, kind: string, namespace: string | undefined): Promise<readonly Document[]> {
  const definition = kindOf(apiVersion, kind);
  if (definition === undefined) throw new CommandError(EXIT.failed, `there is no kind ${kind}`);
  return (await client.list({ kind: definition, namespace })).items.map(complete);
}

const ROUTE_KINDS = ['HTTPRoute', 'GRPCRoute', 'TCPRoute'] as const;

/** Everything that makes a service: its address and name, ports, who serves it and how they are, and the routes that decide about it. */
export async function serviceText(client: Client, { metadata, spec, status }: Document): Promise<string> {
  const { namespace, name } = metadata;
  const selector = (spec['selector'] ?? {}) as Readonly<Record<string, string>>;
  const workloads = (await all(client, 'weft.dev/v1alpha1', 'Workload', namespace)).filter(
    (workload) => Object.keys(selector).length > 0 && selects(selector, workload.metadata.labels),
  );
  const found = await Promise.all(ROUTE_KINDS.map((kind) => all(client, 'gateway.networking.k8s.io/v1', kind, undefined)));
  const routes = found.flat().filter((route) => hasParent(route, namespace, name));
  const proxies = ((await client.weft('proxies')) as { readonly items: readonly ProxyView[] }).items;
  const head = fieldsText([
    ['Host', `${name}.${namespace}.mesh`],
    ['Address', text(spec['clusterIP'])],
    ['Selector', pairs(selector)],
  ]);
  return [head, sectionText('Ports', portsText(spec, status ?? {})), endpointsSection(workloads, proxies, name), routesSection(routes)].join('');
}

/** `http`, `http (detected)`: what the mesh takes a port to speak, and how it knows when nobody said so. */
function protocolText(port: Fields, shown: readonly Fields[]): string {
  const found = shown.find((each) => each['port'] === port['port']);
  if (found === undefined) return text(port['appProtocol'], 'not known yet');
  const source = text(found['source']).toLowerCase();
  const protocol = text(found['protocol']);
  return source === 'declared' ? text(port['appProtocol'], protocol) : `${protocol} (${source})`;
}

function portsText(spec: Fields, status: Fields): string {
  const shown = items(status['ports']);
  const rows = items(spec['ports']).map((port) => [
    text(port['name'], '-'),
    text(port['port']),
    text(port['targetPort'], text(port['port'])),
    protocolText(port, shown),
  ]);
  return rows.length === 0 ? '' : tableText(['name', 'port', 'target port', 'protocol'], rows);
}

function endpointsSection(workloads: readonly Document[], proxies: readonly ProxyView[], service: string): string {
  if (workloads.length === 0) return sectionText('Endpoints', `none: no workload has these labels\nstart one: weft run --service ${service} -- COMMAND`);
  const rows = workloads.map(({ metadata, spec }) => {
    const proxy = proxies.find(
      (each) => each.id === `${metadata.namespace}/${metadata.name}` || each.serves?.includes(`${metadata.namespace}/${metadata.name}`),
    );
    return [metadata.name, text(spec['state'], 'Ready'), text(spec['address']), text(spec['zone'], '-'), text(spec['weight'], '1'), proxy?.sync ?? 'no proxy'];
  });
  return sectionText('Endpoints', tableText(['workload', 'state', 'address', 'zone', 'weight', 'proxy'], rows));
}

function hasParent({ metadata, spec }: Document, namespace: string, name: string): boolean {
  return items(spec['parentRefs']).some(
    (parent) => parent['kind'] === 'Service' && parent['name'] === name && (parent['namespace'] ?? metadata.namespace) === namespace,
  );
}

function routesSection(routes: readonly Document[]): string {
  if (routes.length === 0) return sectionText('Routes', 'none: requests go straight to the endpoints');
  const tables = ROUTE_KINDS.map((kind) =>
    routeTable(
      kind,
      routes.filter((route) => route.kind === kind),
    ),
  );
  return sectionText('Routes', tables.join(''));
}

function routeTable(kind: string, routes: readonly Document[]): string {
  if (routes.length === 0) return '';
  const rows = routes.map(({ metadata, spec }) => {
    const rules = items(spec['rules']);
    return [`${metadata.namespace}/${metadata.name}`, rules.map((rule, at) => text(rule['name'], String(at))).join(', '), rules.map(backends).join('; ')];
  });
  return tableText([kind.toLowerCase(), 'rules', 'backends'], rows);
}

function backends(rule: Fields): string {
  const refs = items(rule['backendRefs']);
  return refs.map((ref) => `${text(ref['name'])}:${text(ref['port'])}${refs.length > 1 ? ` (${text(ref['weight'], '1')})` : ''}`).join(', ');
}
