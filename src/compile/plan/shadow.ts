import type { Diagnostic } from '../../base/index.ts';
import { type DocumentKey, diagnostic, type HttpRoute, isOfConnections, type Mesh, serviceParents } from '../../model/index.ts';
import { alikeOn } from './ledger.ts';
import type { Meant } from './meaning.ts';
import { bySpecificity, type Candidate } from './precedence.ts';
import { extensionsOf } from './route-filters.ts';

/** Equal matches: within a route the later one is never reached; between routes age decides (both are told to the loser). */
export function shadowDiagnostics(mesh: Mesh, route: HttpRoute): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  // Ports have one of them, whatever it says: see connectionDiagnostics.
  if (isOfConnections(route)) return found;
  for (const parent of serviceParents(route)) {
    for (const meant of matchesOf(route)) {
      const alike = alikeOn(mesh, parent.key, { namespace: route.namespace, kind: route.kind, meant });
      const [winner] = alike;
      const own = alike.find((candidate) => candidate.match === meant.match);
      if (winner !== undefined && own !== undefined && own !== winner) found.push(shadowed(own, winner));
    }
  }
  return found.filter((each, at) => found.findIndex((other) => other.at.path === each.at.path && other.message === each.message) === at);
}

function matchesOf(route: HttpRoute): readonly Meant[] {
  return route.rules.flatMap((rule) => rule.matches.map((match) => ({ match, extensions: extensionsOf(rule) })));
}

/** Routes on the same services that have a match of the same meaning: what `shadowDiagnostics` says of them depends on this one. */
export function routesAlike(mesh: Mesh, route: HttpRoute): ReadonlySet<DocumentKey> {
  const found = new Set<DocumentKey>();
  for (const parent of serviceParents(route)) {
    for (const meant of matchesOf(route)) {
      for (const candidate of alikeOn(mesh, parent.key, { namespace: route.namespace, kind: route.kind, meant })) found.add(candidate.route.key);
    }
  }
  return found;
}

function shadowed(loser: Candidate, winner: Candidate): Diagnostic {
  if (loser.route.key === winner.route.key) {
    const text = `the same as ${winner.match.origin.path}, which is tried first; this match is never reached`;
    return { ...diagnostic('WEFT1404', loser.match.origin, text), by: winner.match.origin };
  }
  const why = bySpecificity(loser, winner) === 0 && loser.route.createdAt !== winner.route.createdAt ? 'older' : 'first by name';
  const { kind, namespace, name } = winner.route;
  const text = `${kind} ${namespace}/${name} (${winner.match.origin.path}) matches the same requests and is ${why}; it gets them`;
  return { ...diagnostic('WEFT1403', loser.match.origin, text), by: winner.match.origin };
}
