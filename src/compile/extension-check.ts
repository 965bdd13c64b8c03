// What an ExtensionPolicy brings, as a configuration for the real Envoy to look at: one route with its program, on both sides.
import { encode, type Hash, type JsonValue, makeResource, RouteConfigurationSchema } from '../envoy/index.ts';
import type { Document } from '../model/index.ts';
import { readPolicy } from '../model/index.ts';
import { checkingContributions } from '../policy/index.ts';
import { checkConfig } from './check-config.ts';
import { routeFilters } from './emit/contributions.ts';

/** The configuration for `--mode validate`, or undefined when the document's own schema says enough. */
export function extensionCheck(document: Document, hash: Hash): JsonValue | undefined {
  const contributions = checkingContributions(readPolicy(document, document.spec as never));
  if (contributions.length === 0) return undefined;
  const tables = ['check', 'inbound:check'].map((name) => {
    const match = { pathSpecifier: { case: 'prefix', value: '/' } } as const;
    const route = { name, match, action: { case: 'directResponse', value: { status: 200 } } as const, ...routeFilters(contributions) };
    const bytes = encode(RouteConfigurationSchema, { name, virtualHosts: [{ name, domains: ['*'], routes: [route] }] });
    return makeResource({ type: 'routes', name, pieces: [bytes], origins: [], hash });
  });
  return checkConfig(tables);
}
