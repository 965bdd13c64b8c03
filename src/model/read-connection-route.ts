import type { Document, HttpRoute, RouteRule } from './entities.ts';
import type { ConnectionRouteSpec } from './kinds/connection-routes.ts';
import { originsOf } from './place.ts';
import { type Place, readFilters } from './read-filters.ts';
import { matchAll, namedRules, readBackends, readFrame } from './read-route.ts';

/** A TCPRoute or TLSRoute as the compiler reads it: the same entity as an HTTPRoute, with one rule that takes every connection. */
export function readConnectionRoute(kind: 'TCPRoute' | 'TLSRoute' | 'UDPRoute', document: Document, spec: ConnectionRouteSpec): HttpRoute {
  const { namespace } = document.metadata;
  const at = originsOf(document);
  const rules = namedRules(spec.rules).map(({ rule, name }, index) => readRule(rule, name, { namespace, path: `spec.rules[${index}]`, at }));
  return { kind, ...readFrame(document, spec, at), rules };
}

function readRule({ backendRefs }: ConnectionRouteSpec['rules'][number], name: string, place: Place): RouteRule {
  const { at, path } = place;
  const backends = readBackends(
    backendRefs.map((backend) => ({ ...backend, filters: [] })),
    place,
  );
  return { name, matches: [matchAll(at(path))], ...readFilters([], place), backends, origin: at(path) };
}
