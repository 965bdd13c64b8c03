import type { ProxyView } from '../../../api/index.ts';
import { type Document, selects } from '../../../model/index.ts';
import type { Client } from '../../client/client.ts';
import type { Invocation } from '../../command.ts';
import { ageText } from '../../text/age.ts';
import { tableText } from '../../text/table.ts';
import { refusalLines } from '../proxies/lines.ts';
import { type Field, fieldsText, sectionText } from './fields.ts';
import { all } from './service.ts';

type Fields = Readonly<Record<string, unknown>>;

const text = (value: unknown, otherwise = ''): string => (value === undefined || value === '' ? otherwise : String(value));

/** What runs: identity, where it is, how its traffic is captured, what it serves, and how its proxy is. */
export async function workloadText(invocation: Invocation, client: Client, { metadata, spec }: Document, now: number): Promise<string> {
  const services = (await all(client, 'v1', 'Service', metadata.namespace)).filter(({ spec: { selector } }) => {
    const wanted = (selector ?? {}) as Readonly<Record<string, string>>;
    return Object.keys(wanted).length > 0 && selects(wanted, metadata.labels);
  });
  const node = (spec['proxy'] as Fields | undefined)?.['node'] as string | undefined;
  const proxy = (await client.weft(`proxies/${node ?? `${metadata.namespace}/${metadata.name}`}`)) as ProxyView | undefined;
  const capture = ((spec['proxy'] as Fields | undefined)?.['capture'] as Fields | undefined)?.['mode'];
  const account = text(spec['serviceAccount'], 'default');
  const fields: readonly Field[] = [
    ['Identity', (node === undefined ? proxy?.identity : undefined) ?? (await identity(client, metadata.namespace, account))],
    ['State', text(spec['state'], 'Ready')],
    ['Address', text(spec['address'])],
    ['Zone', text(spec['zone'])],
    ['Weight', text(spec['weight'], '1')],
    ['Serves', services.map((service) => `${service.metadata.name}.${service.metadata.namespace}.mesh`)],
    ['Capture', text(capture, 'none: it has no proxy')],
    ...(node === undefined ? [] : [['Node', `${node}, whose proxy serves it`] as const]),
    ...proxyFields(proxy, now),
  ];
  const refusals = proxy === undefined ? [] : refusalLines(invocation, proxy, now);
  return [fieldsText(fields), ...refusals.map((line) => `${line}\n`), sectionText('Ports', portsText(spec))].join('');
}

async function identity(client: Client, namespace: string, account: string): Promise<string> {
  const { trustDomain } = (await client.weft('status')) as { readonly trustDomain: string };
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${account}`;
}

function proxyFields(proxy: ProxyView | undefined, now: number): readonly Field[] {
  if (proxy === undefined) return [];
  const age = proxy.configuredAt === 0 ? 'nothing acknowledged yet' : `last change ${ageText(now - proxy.configuredAt)} ago`;
  const left = proxy.certificateNotAfter - now;
  const validity = proxy.certificateNotAfter === 0 ? 'none yet' : left > 0 ? `valid for ${ageText(left)}` : `expired ${ageText(-left)} ago`;
  return [
    ['Proxy', `${proxy.sync}${proxy.envoyVersion === '' ? '' : `, envoy ${proxy.envoyVersion}`}, ${age}`],
    ['Sees', `${proxy.scope.services} of ${proxy.scope.of} services`],
    ['Certificate', validity],
  ];
}

function portsText(spec: Fields): string {
  const ports = Array.isArray(spec['ports']) ? (spec['ports'] as readonly Fields[]) : [];
  const rows = ports.map((port) => [text(port['name'], '-'), text(port['port']), text(port['proxyPort'], text(port['port']))]);
  return rows.length === 0 ? '' : tableText(['name', 'port', 'proxy port'], rows);
}
