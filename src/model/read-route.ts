import type { Origin } from '../base/index.ts';
import { parseDuration } from './duration.ts';
import type { BackendRef, Document, HttpRoute, NamedMatch, RouteMatch, RouteRetry, RouteRule, StringMatch } from './entities.ts';
import { documentKey } from './keys.ts';
import type { HttpRouteSpec, MatchSpec, RuleSpec } from './kinds/http-route.ts';
import type { FilterSpec } from './kinds/http-route-filters.ts';
import { originsOf } from './place.ts';
import { type Place, readFilters, readTarget } from './read-filters.ts';
import { readParents } from './read-parents.ts';
import { readSession } from './read-session.ts';

type At = Place['at'];

/** An HTTPRoute as the compiler reads it. What cannot be a parent was reported by its check. */
export function readHttpRoute(document: Document, spec: HttpRouteSpec): HttpRoute {
  const { name, namespace } = document.metadata;
  const at = originsOf(document);
  const rules = namedRules(spec.rules).map(({ rule, name: ruleName }, index) =>
    readRule(rule, ruleName, { namespace, path: `spec.rules[${index}]`, at, route: name }),
  );
  return { kind: 'HTTPRoute', ...readFrame(document, spec, at), rules };
}

type Frame = Pick<HttpRouteSpec, 'parentRefs'> & { readonly hostnames?: readonly string[] | undefined };

/** What routes of all kinds have around their rules. */
export function readFrame(document: Document, spec: Frame, at: At): Omit<HttpRoute, 'kind' | 'rules'> {
  const { namespace, name, creationTimestamp = '' } = document.metadata;
  const parents = readParents(spec.parentRefs, namespace, at);
  const hostnames = (spec.hostnames ?? []).map((host) => host.toLowerCase());
  return { key: documentKey(document), namespace, name, parents, hostnames, createdAt: creationTimestamp, origin: at('') };
}

/** Rules with their own names, or their position among those that have none. */
export function namedRules<R extends { readonly name?: string | undefined }>(rules: readonly R[]): readonly { readonly rule: R; readonly name: string }[] {
  let unnamed = 0;
  return rules.map((rule) => ({ rule, name: rule.name ?? String(unnamed++) }));
}

export interface RulePlace extends Place {
  /** Name of the route. */
  readonly route: string;
}

function readRule(rule: RuleSpec, name: string, place: RulePlace): RouteRule {
  const { path, at } = place;
  const request = rule.timeouts?.request === undefined ? undefined : parseDuration(rule.timeouts.request);
  const backend = rule.timeouts?.backendRequest === undefined ? undefined : parseDuration(rule.timeouts.backendRequest);
  const matches = rule.matches.length === 0 ? [matchAll(at(path))] : rule.matches.map((match, index) => readMatch(match, at, `${path}.matches[${index}]`));
  return {
    name,
    matches,
    ...readFilters(rule.filters, { ...place, path: `${path}.filters` }),
    backends: readBackends(rule.backendRefs, place),
    ...(request === undefined ? {} : { requestTimeoutMs: request }),
    ...(backend === undefined ? {} : { backendTimeoutMs: backend }),
    ...readRetry(rule.retry, at(`${path}.retry`)),
    ...readSession(rule.sessionPersistence, { ...place, rule: name, matches }),
    origin: at(path),
  };
}

function readRetry(retry: RuleSpec['retry'], origin: Origin): { readonly retry?: RouteRetry } {
  if (retry === undefined) return {};
  const { codes, attempts, backoff } = retry;
  const backoffMs = backoff === undefined ? undefined : parseDuration(backoff);
  return {
    retry: { codes: [...new Set(codes)].sort(), ...(attempts === undefined ? {} : { attempts }), ...(backoffMs === undefined ? {} : { backoffMs }), origin },
  };
}

/** Gateway API: a rule without matches, also one with an empty list of them, takes every request. */
export function matchAll(origin: Origin): RouteMatch {
  return { path: { kind: 'pathPrefix', value: '/' }, headers: [], query: [], origin };
}

const PATH_KINDS = { Exact: 'exact', PathPrefix: 'pathPrefix', RegularExpression: 'regex' } as const;

function readMatch(match: MatchSpec, at: At, path: string): RouteMatch {
  return {
    path: { kind: PATH_KINDS[match.path.type], value: match.path.value },
    ...(match.method === undefined ? {} : { method: match.method }),
    headers: readHeaderMatches(match.headers),
    query: firstOfEach(match.queryParams.map((each) => ({ name: each.name, match: stringMatch(each) }))),
    origin: at(path),
  };
}

/** Header conditions; names count in lower case. */
export function readHeaderMatches(headers: MatchSpec['headers']): readonly NamedMatch[] {
  return firstOfEach(headers.map((each) => ({ name: each.name.toLowerCase(), match: stringMatch(each) })));
}

function stringMatch(each: { readonly type: 'Exact' | 'RegularExpression'; readonly value: string }): StringMatch {
  return { kind: each.type === 'Exact' ? 'exact' : 'regex', value: each.value };
}

/** Gateway API: of several entries with one name only the first counts. */
function firstOfEach<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  return entries.filter((entry, at) => entries.findIndex((each) => each.name === entry.name) === at);
}

type BackendSpec = Parameters<typeof readTarget>[0] & { readonly weight: number; readonly filters: readonly FilterSpec[] };

/** backendRefs of a rule of any kind. */
export function readBackends(backends: readonly BackendSpec[], { namespace, path, at }: Place): readonly BackendRef[] {
  return backends.map((backend, index) => {
    const here = `${path}.backendRefs[${index}]`;
    const filters = readFilters(backend.filters, { namespace, at, path: `${here}.filters` });
    return { target: readTarget(backend, namespace), weight: backend.weight, ...filters, origin: at(here) };
  });
}
