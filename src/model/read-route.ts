import type { Origin } from '../base/index.ts';
import { parseDuration } from './duration.ts';
import type { BackendRef, Document, HeaderChange, HttpRoute, RouteMatch, RouteRule, StringMatch } from './entities.ts';
import { externalKey } from './external.ts';
import { documentKey, serviceKey } from './keys.ts';
import type { BackendSpec, HttpRouteSpec, MatchSpec, RuleSpec } from './kinds/http-route.ts';
import type { FilterSpec } from './kinds/http-route-filters.ts';
import { originsOf } from './place.ts';
import { readParents } from './read-parents.ts';

type At = ReturnType<typeof originsOf>;

/** An HTTPRoute as the compiler reads it. What cannot be a parent was reported by its check. */
export function readHttpRoute(document: Document, spec: HttpRouteSpec): HttpRoute {
  const { namespace, name, creationTimestamp = '' } = document.metadata;
  const at = originsOf(document);
  const parents = readParents(spec.parentRefs, namespace, at);
  const hostnames = (spec.hostnames ?? []).map((host) => host.toLowerCase());
  const rules = readRules(spec.rules, namespace, at);
  return { key: documentKey(document), namespace, name, parents, hostnames, rules, createdAt: creationTimestamp, origin: at('') };
}

function readRules(rules: readonly RuleSpec[], namespace: string, at: At): readonly RouteRule[] {
  let unnamed = 0;
  return rules.map((rule, index) => readRule(rule, rule.name ?? String(unnamed++), { namespace, path: `spec.rules[${index}]`, at }));
}

interface Place {
  readonly namespace: string;
  readonly path: string;
  readonly at: At;
}

function readRule(rule: RuleSpec, name: string, { namespace, path, at }: Place): RouteRule {
  const request = rule.timeouts?.request === undefined ? undefined : parseDuration(rule.timeouts.request);
  const backend = rule.timeouts?.backendRequest === undefined ? undefined : parseDuration(rule.timeouts.backendRequest);
  return {
    name,
    matches: rule.matches.length === 0 ? [matchAll(at(path))] : rule.matches.map((match, index) => readMatch(match, at, `${path}.matches[${index}]`)),
    requestHeaders: headerChange(rule.filters, 'requestHeaderModifier'),
    responseHeaders: headerChange(rule.filters, 'responseHeaderModifier'),
    backends: rule.backendRefs.map((each, index) => readBackend(each, { namespace, path: `${path}.backendRefs[${index}]`, at })),
    ...(request === undefined ? {} : { requestTimeoutMs: request }),
    ...(backend === undefined ? {} : { backendTimeoutMs: backend }),
    origin: at(path),
  };
}

/** Gateway API: a rule without matches, also one with an empty list of them, takes every request. */
function matchAll(origin: Origin): RouteMatch {
  return { path: { kind: 'pathPrefix', value: '/' }, headers: [], query: [], origin };
}

const PATH_KINDS = { Exact: 'exact', PathPrefix: 'pathPrefix', RegularExpression: 'regex' } as const;

function readMatch(match: MatchSpec, at: At, path: string): RouteMatch {
  return {
    path: { kind: PATH_KINDS[match.path.type], value: match.path.value },
    ...(match.method === undefined ? {} : { method: match.method }),
    headers: firstOfEach(match.headers.map((each) => ({ name: each.name.toLowerCase(), match: stringMatch(each) }))),
    query: firstOfEach(match.queryParams.map((each) => ({ name: each.name, match: stringMatch(each) }))),
    origin: at(path),
  };
}

function stringMatch(each: { readonly type: 'Exact' | 'RegularExpression'; readonly value: string }): StringMatch {
  return { kind: each.type === 'Exact' ? 'exact' : 'regex', value: each.value };
}

/** Gateway API: of several entries with one name only the first counts. */
function firstOfEach<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  return entries.filter((entry, at) => entries.findIndex((each) => each.name === entry.name) === at);
}

function readBackend(backend: BackendSpec, { namespace, path, at }: Place): BackendRef {
  return {
    service:
      backend.kind === 'ExternalService' ? externalKey(backend.namespace ?? namespace, backend.name) : serviceKey(backend.namespace ?? namespace, backend.name),
    port: backend.port ?? 0,
    weight: backend.weight,
    requestHeaders: headerChange(backend.filters, 'requestHeaderModifier'),
    responseHeaders: headerChange(backend.filters, 'responseHeaderModifier'),
    origin: at(path),
  };
}

const NO_CHANGE: HeaderChange = { set: [], add: [], remove: [] };

function headerChange(filters: readonly FilterSpec[], field: 'requestHeaderModifier' | 'responseHeaderModifier'): HeaderChange {
  return filters.find((filter) => filter[field] !== undefined)?.[field] ?? NO_CHANGE;
}
