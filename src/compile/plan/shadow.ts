import { byCodeUnit, canonicalJson, type Diagnostic } from '../../base/index.ts';
import { diagnostic, type HttpRoute, type Mesh, type RouteMatch, serviceParents } from '../../model/index.ts';
import { bySpecificity, type Candidate } from './precedence.ts';
import { candidatesOf } from './route.ts';
import { routesSeen } from './scope.ts';

/** What two matches must have in common for one of them never to be reached. */
function meaningOf({ path, method, headers, query }: RouteMatch): string {
  const sorted = (list: RouteMatch['headers']): RouteMatch['headers'] => [...list].sort((a, b) => byCodeUnit(a.name, b.name));
  const value = path.kind === 'pathPrefix' ? path.value.replace(/(.)\/+$/, '$1') : path.value;
  return canonicalJson({ path: { kind: path.kind, value }, method, headers: sorted(headers), query: sorted(query) });
}

/** Equal matches: within a route the later one is never reached; between routes age decides (both are told to the loser). */
export function shadowDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const parent of serviceParents(route)) {
    const routes = routesSeen(mesh, parent.key, route.namespace).filter((each) => each.namespace === route.namespace);
    if (route.namespace !== parent.namespace && routes.length === 0) continue;
    const winners = new Map<string, Candidate>();
    for (const candidate of candidatesOf(routes)) {
      const winner = winners.get(meaningOf(candidate.match));
      if (winner === undefined) winners.set(meaningOf(candidate.match), candidate);
      else if (candidate.route.key === route.key) found.push(shadowed(candidate, winner));
    }
  }
  return found.filter((each, at) => found.findIndex((other) => other.at.path === each.at.path && other.message === each.message) === at);
}

function shadowed(loser: Candidate, winner: Candidate): Diagnostic {
  if (loser.route.key === winner.route.key) {
    return diagnostic('WEFT1404', loser.match.origin, `the same as ${winner.match.origin.path}, which is tried first; this match is never reached`);
  }
  const why = bySpecificity(loser.match, winner.match) === 0 && loser.route.createdAt !== winner.route.createdAt ? 'older' : 'first by name';
  return diagnostic(
    'WEFT1403',
    loser.match.origin,
    `HTTPRoute ${winner.route.namespace}/${winner.route.name} (${winner.match.origin.path}) matches the same requests and is ${why}; it gets them`,
  );
}
