import type { Listener, RouteKind } from '../../model/index.ts';
import type { Problem } from './state.ts';

const GROUP = 'gateway.networking.k8s.io';
const of = (...kinds: readonly string[]): readonly RouteKind[] => kinds.map((kind) => ({ group: GROUP, kind }));

/** Routes that a listener of a protocol can have. */
const BY_PROTOCOL: Readonly<Record<string, readonly RouteKind[]>> = {
  HTTP: of('HTTPRoute', 'GRPCRoute'),
  HTTPS: of('HTTPRoute', 'GRPCRoute'),
  TLS: of('TLSRoute', 'TCPRoute'),
  TCP: of('TCPRoute'),
  UDP: of('UDPRoute'),
};

const PASSED_THROUGH = of('TLSRoute');

/** What is passed through is told apart by host names, which a TCPRoute does not have. */
function possibleAt({ protocol, tls }: Listener): readonly RouteKind[] {
  return protocol === 'TLS' && tls?.mode === 'Passthrough' ? PASSED_THROUGH : (BY_PROTOCOL[protocol] ?? []);
}

/** The kinds of routes a listener takes, and those it names in vain. */
export function kindsOf(listener: Listener): { readonly kinds: readonly RouteKind[]; readonly problems: readonly Problem[] } {
  const possible = possibleAt(listener);
  if (listener.kinds.length === 0) return { kinds: possible, problems: [] };
  const can = (wanted: RouteKind): boolean => possible.some((each) => each.group === wanted.group && each.kind === wanted.kind);
  const problems = listener.kinds.flatMap((wanted, at): readonly Problem[] => {
    if (can(wanted)) return [];
    const message = `a listener of protocol ${listener.protocol} has no ${wanted.group === GROUP ? '' : `${wanted.group}/`}${wanted.kind}`;
    const origin = { ...listener.origin, path: `${listener.origin.path}.allowedRoutes.kinds[${at}]` };
    return [{ condition: 'ResolvedRefs', reason: 'InvalidRouteKinds', code: 'WEFT1609', message, origin }];
  });
  return { kinds: listener.kinds.filter(can), problems };
}
