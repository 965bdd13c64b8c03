import type { ProxyResourceView } from '../../../api/index.ts';
import { address, at, type Json, list, text } from './json.ts';
import type { Section } from './section.ts';

/** One row for each filter chain: what it takes, and where that goes. */
export const listeners: Section = {
  headers: ['LISTENER', 'ADDRESS', 'PORT', 'MATCH', 'DESTINATION'],
  rows: ({ name, content }: ProxyResourceView) => {
    const { host, port } = address(at(content, 'address'));
    const rest = at(content, 'default_filter_chain');
    const chains = [
      ...list(content, 'filter_chains').map((chain) => [matchText(at(chain, 'filter_chain_match')), chain] as const),
      ...(rest === undefined ? [] : [['else', rest] as const]),
    ];
    if (chains.length === 0)
      return [
        [
          name,
          host,
          port,
          'all',
          list(content, 'listener_filters')
            .map((filter) => shortName(text(filter, 'name')))
            .join(', '),
        ],
      ];
    return chains.map(([match, chain]) => [name, host, port, match, destination(chain)]);
  },
};

/** What a filter chain takes: `240.0.0.12:80; tls; alpn h2`. */
function matchText(match: Json): string {
  const addresses = list(match, 'prefix_ranges').map((range) => {
    const bits = text(range, 'prefix_len');
    const prefix = text(range, 'address_prefix');
    return bits === '32' || bits === '128' || bits === '' ? prefix : `${prefix}/${bits}`;
  });
  const port = text(match, 'destination_port');
  const words = [
    `${addresses.join(',')}${port === '' ? '' : `:${port}`}`,
    text(match, 'transport_protocol'),
    prefixed('sni', list(match, 'server_names')),
    prefixed('alpn', list(match, 'application_protocols')),
    prefixed(
      'from',
      list(match, 'source_prefix_ranges').map((range) => text(range, 'address_prefix')),
    ),
  ].filter((word) => word !== '');
  return words.length === 0 ? 'all' : words.join('; ');
}

function prefixed(word: string, values: readonly Json[]): string {
  return values.length === 0 ? '' : `${word} ${values.map(String).join(',')}`;
}

function destination(chain: Json): string {
  for (const filter of list(chain, 'filters')) {
    const config = at(filter, 'typed_config');
    const route = text(config, 'rds.route_config_name');
    if (route !== '') return `Route: ${route}`;
    const inline = at(config, 'route_config');
    if (inline !== undefined) return `Route: ${text(inline, 'name') || 'inline'} (inline)`;
    const cluster = text(config, 'cluster');
    if (cluster !== '') return `Cluster: ${cluster}`;
  }
  return list(chain, 'filters')
    .map((filter) => shortName(text(filter, 'name')))
    .join(', ');
}

/** `envoy.filters.udp.dns_filter` → `dns_filter`. */
function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
