// RouteFilters that rules refer to: the conditions they add, and for which callers they hold.
import type { Diagnostic } from '../../base/index.ts';
import {
  diagnostic,
  type HttpRoute,
  type MatchExtension,
  type Mesh,
  type RouteRule,
  type ServiceKey,
  type SourceMatch,
  selects,
  type Workload,
} from '../../model/index.ts';
import { routesSeen } from './scope.ts';

/** Conditions that the RouteFilters of a rule add to each of its matches. */
export function extensionsOf(rule: Pick<RouteRule, 'extensions'>): readonly MatchExtension[] {
  return rule.extensions.length === 0 ? NONE : rule.extensions.flatMap(({ filter }) => filter?.match ?? []);
}
const NONE: readonly MatchExtension[] = [];

/** Whether a workload is among the callers that are meant. */
export function isSource(source: SourceMatch, { namespace, serviceAccount, labels }: Workload): boolean {
  const meant =
    (source.namespaces.length === 0 || source.namespaces.includes(namespace)) &&
    (source.serviceAccounts.length === 0 || source.serviceAccounts.includes(`${namespace}/${serviceAccount}`)) &&
    selects(source.labels, labels);
  return meant !== source.not;
}

const ASKING = new WeakMap<Mesh['routeFilters'], boolean>();

/** Whether any RouteFilter asks for the caller; usually none does. Found once per set of filters. */
export function anyoneAsks({ routeFilters }: Mesh): boolean {
  const known = ASKING.get(routeFilters);
  if (known !== undefined) return known;
  const found = [...routeFilters.values()].some(({ match }) => match?.source !== undefined);
  ASKING.set(routeFilters, found);
  return found;
}

const NO_SOURCES: readonly string[] = [];

/** Of the RouteFilters that ask for the caller on routes to the service, those that hold for the workload; sorted. Part of its view. */
export function sourcesOf(mesh: Mesh, workload: Workload, service: ServiceKey): readonly string[] {
  if (!anyoneAsks(mesh)) return NO_SOURCES;
  const found = new Set<string>();
  for (const route of routesSeen(mesh, service, workload.namespace)) {
    for (const rule of route.rules) {
      for (const { filter, source } of extensionsOf(rule)) if (source !== undefined && isSource(source, workload)) found.add(filter);
    }
  }
  return [...found].sort();
}

/** What is wrong with the ExtensionRefs of a route. */
export function filterRefDiagnostics(route: HttpRoute): readonly Diagnostic[] {
  const refs = route.rules.flatMap((rule) => [...rule.extensions, ...rule.backends.flatMap((backend) => backend.extensions)]);
  return refs.flatMap((ref) => {
    if (ref.group !== 'weft.dev' || ref.kind !== 'RouteFilter')
      return [diagnostic('WEFT1321', ref.origin, `${ref.group}/${ref.kind} "${ref.name}" is no filter that Weft knows`)];
    const { filter } = ref;
    if (filter === undefined) return [diagnostic('WEFT1320', ref.origin, `RouteFilter ${route.namespace}/${ref.name} does not exist`)];
    if (filter.match?.source === undefined) return [];
    return route.parents
      .filter((parent) => parent.kind !== 'Service')
      .map((parent) => diagnostic('WEFT1411', ref.origin, `RouteFilter ${ref.name} asks for the caller, whom ${parent.kind} ${parent.key} does not know`));
  });
}
