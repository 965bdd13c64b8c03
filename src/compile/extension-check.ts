// What an ExtensionPolicy brings, as a configuration for the real Envoy to look at: one route with its program, on both sides.
import {
  encode,
  FilterSchema,
  type Hash,
  HttpConnectionManagerSchema,
  type JsonValue,
  makeResource,
  named,
  type Packed,
  RouteConfigurationSchema,
  RouterSchema,
  toEnvoyJson,
} from '../envoy/index.ts';
import { type Document, readPolicy } from '../model/index.ts';
import { checkingContributions, contributionsOf } from '../policy/index.ts';
import { checkConfig } from './check-config.ts';
import { routeFilters } from './emit/contributions.ts';

/** The configuration for `--mode validate`, or undefined when the document's own schema says enough. */
export function extensionCheck(document: Document, hash: Hash): JsonValue | undefined {
  const contributions = checkingContributions(readPolicy(document, document.spec as never));
  if (contributions.length === 0) return undefined;
  const [module] = contributionsOf(contributions, 'extension');
  if (module !== undefined) return withFilter(module.config);
  const tables = ['check', 'inbound:check'].map((name) => {
    const match = { pathSpecifier: { case: 'prefix', value: '/' } } as const;
    const route = { name, match, action: { case: 'directResponse', value: { status: 200 } } as const, ...routeFilters(contributions) };
    const bytes = encode(RouteConfigurationSchema, { name, virtualHosts: [{ name, domains: ['*'], routes: [route] }] });
    return makeResource({ type: 'routes', name, pieces: [bytes], origins: [], hash });
  });
  return checkConfig(tables);
}

/** A filter that travels by itself stands in the list itself here. */
function withFilter(config: Packed): JsonValue {
  const manager = named('envoy.filters.network.http_connection_manager', HttpConnectionManagerSchema, {
    statPrefix: 'check',
    routeSpecifier: { case: 'routeConfig', value: { name: 'check' } },
    httpFilters: [{ name: 'weft.wasm', configType: { case: 'typedConfig', value: config } }, named('envoy.filters.http.router', RouterSchema, {})],
  });
  const address = { socket_address: { address: '127.0.0.1', port_value: 20_000 } };
  const base = checkConfig([]);
  return {
    ...base,
    static_resources: { listeners: [{ name: 'check', address, filter_chains: [{ filters: [toEnvoyJson(FilterSchema, manager)] }] }] },
    dynamic_resources: {},
  };
}
