import { parseDuration } from './duration.ts';
import type { RouteMatch, SessionPersistence } from './entities.ts';
import type { SessionSpec } from './kinds/session-persistence.ts';
import type { RulePlace } from './read-route.ts';

interface SessionPlace extends RulePlace {
  readonly rule: string;
  readonly matches: readonly RouteMatch[];
}

/** Session persistence of a rule. Without a name it gets one of its own, so that two rules never read each other's cookie. */
export function readSession(session: SessionSpec | undefined, place: SessionPlace): { readonly session?: SessionPersistence } {
  if (session === undefined) return {};
  const { sessionName, absoluteTimeout, type, cookieConfig } = session;
  const own = `weft-session-${place.namespace}-${place.route}-${place.rule}`.replaceAll(/[^A-Za-z0-9-]/g, '-');
  const lifetimeMs = cookieConfig?.lifetimeType === 'Permanent' && absoluteTimeout !== undefined ? (parseDuration(absoluteTimeout) ?? 0) : 0;
  const origin = place.at(`${place.path}.sessionPersistence`);
  return { session: { type, name: sessionName ?? own, lifetimeMs, path: cookiePath(place.matches), origin } };
}

/** GEP-1619: a cookie is for the path of the route, or for all where it has no single one. */
function cookiePath(matches: readonly RouteMatch[]): string {
  const paths = new Set(matches.map(({ path }) => (path.kind === 'regex' ? '/' : path.value)));
  const [only] = paths;
  return paths.size === 1 && only !== undefined ? only : '/';
}
