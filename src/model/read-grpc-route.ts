import type { Document, HttpRoute, PathMatch, RouteMatch, RouteRule } from './entities.ts';
import type { GrpcMatchSpec, GrpcRouteSpec, GrpcRuleSpec } from './kinds/grpc-route.ts';
import { originsOf } from './place.ts';
import { readFilters } from './read-filters.ts';
import { matchAll, namedRules, type RulePlace, readBackends, readFrame, readHeaderMatches } from './read-route.ts';
import { readSession } from './read-session.ts';

/** A GRPCRoute as the compiler reads it: the same entity as an HTTPRoute, because a gRPC method is a path. */
export function readGrpcRoute(document: Document, spec: GrpcRouteSpec): HttpRoute {
  const { name, namespace } = document.metadata;
  const at = originsOf(document);
  const rules = namedRules(spec.rules).map(({ rule, name: ruleName }, index) =>
    readRule(rule, ruleName, { namespace, path: `spec.rules[${index}]`, at, route: name }),
  );
  return { kind: 'GRPCRoute', ...readFrame(document, spec, at), rules };
}

function readRule(rule: GrpcRuleSpec, name: string, place: RulePlace): RouteRule {
  const { path, at } = place;
  const all: RouteMatch = { ...matchAll(at(path)), grpc: { service: '', method: '' } };
  const matches = rule.matches.length === 0 ? [all] : rule.matches.map((match, index) => readMatch(match, at(`${path}.matches[${index}]`)));
  return {
    name,
    matches,
    ...readFilters(rule.filters, { ...place, path: `${path}.filters` }),
    backends: readBackends(rule.backendRefs, place),
    ...readSession(rule.sessionPersistence, { ...place, rule: name, matches }),
    origin: at(path),
  };
}

function readMatch({ method, headers }: GrpcMatchSpec, origin: RouteMatch['origin']): RouteMatch {
  const { type = 'Exact', service = '', method: name = '' } = method ?? {};
  return { path: grpcPath(type, service, name), headers: readHeaderMatches(headers), query: [], grpc: { service, method: name }, origin };
}

/** gRPC over HTTP/2: the path of a call is `/Service/Method`. */
function grpcPath(type: 'Exact' | 'RegularExpression', service: string, method: string): PathMatch {
  if (service === '' && method === '') return { kind: 'pathPrefix', value: '/' };
  if (type === 'RegularExpression') return { kind: 'regex', value: `/${group(service)}/${group(method)}` };
  if (method === '') return { kind: 'pathPrefix', value: `/${service}` };
  return service === '' ? { kind: 'regex', value: `/[^/]+/${method}` } : { kind: 'exact', value: `/${service}/${method}` };
}

const group = (pattern: string): string => (pattern === '' ? '[^/]+' : `(?:${pattern})`);
