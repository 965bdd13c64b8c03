// Names of a namespace of the mesh that no service has. They must not be asked of the machine's resolvers: the name would leak, and where somebody
// answers for every name, a request meant for the mesh would leave it in plaintext. So they get an address of their own, and who
// connects to it, or to any other virtual address without a service, is told.
import {
  cidr,
  encode,
  FilterChainSchema,
  headerChange,
  type Init,
  inline,
  type MessageInitShape,
  preencoded,
  type RouteConfigurationSchema,
  type VirtualHostSchema,
} from '../../envoy/index.ts';
import { OUTSIDE_ROUTE } from '../plan/names.ts';
import { refusingManager } from './connection-manager.ts';
import { tcpProxy } from './tcp-proxy.ts';
import type { Whose } from './whose.ts';

/** The one virtual address that is never given to a service. */
export const NOWHERE = '240.0.0.0';
/**
 * Every name of a namespace that has no entry of its own. Envoy's DNS filter finds wildcards by the last two labels of a name, so `*.mesh`
 * would never match, and a name of a namespace that nobody here knows is asked outside.
 */
export function anyNameOf(namespace: string): string {
  return `*.${namespace}.mesh`;
}

const BODY = inline('no service of this name or address in the mesh (or none that this workload may see): weft get services -A\n');

/** The answer, in place of a route table. */
export const NO_SUCH_SERVICE = { case: 'directResponse' as const, value: { status: 503, body: BODY } };

export const NO_SERVICE_TABLE: MessageInitShape<typeof RouteConfigurationSchema> = {
  name: 'nowhere',
  virtualHosts: [
    { name: 'nowhere', domains: ['*'], routes: [{ name: OUTSIDE_ROUTE, match: { pathSpecifier: { case: 'prefix', value: '/' } }, action: NO_SUCH_SERVICE }] },
  ],
};

const OUTSIDE_BODY = inline('the mesh lets nothing out that is not registered (Mesh spec.outbound.mode): apply an ExternalService for this host\n');
const NOT_LET_OUT = { case: 'directResponse' as const, value: { status: 502, body: OUTSIDE_BODY } };
const REFUSALS = new Map<Whose, Uint8Array>();

/** Where nothing is let out: HTTP to a host that nobody registered is told so. Other ports have no chain, so Envoy closes the connection. */
export function refusedOutside(whose: Whose) {
  const known = REFUSALS.get(whose) ?? encodedRefusal(whose);
  REFUSALS.set(whose, known);
  return preencoded<typeof FilterChainSchema>(known);
}

function encodedRefusal(whose: Whose): Uint8Array {
  return encode(FilterChainSchema, {
    name: 'refused:80',
    filterChainMatch: { destinationPort: 80 },
    filters: [
      refusingManager(
        {
          name: 'refused',
          virtualHosts: [
            {
              name: 'refused',
              domains: ['*'],
              routes: [{ name: OUTSIDE_ROUTE, match: { pathSpecifier: { case: 'prefix', value: '/' } }, action: NOT_LET_OUT }],
            },
          ],
        },
        whose,
      ),
    ],
  });
}

/** At the address of a wildcard: a host that is none of its names is not asked for. */
export function otherName({ host }: { readonly host: string }): Init<typeof VirtualHostSchema> {
  const body = inline(`this address is for names of ${host}; apply an ExternalService for this host\n`);
  const responseHeadersToAdd = [headerChange('set', 'weft-reason', 'no-route; host=%REQ(:AUTHORITY)%')];
  const action = { case: 'directResponse' as const, value: { status: 502, body } };
  return {
    name: 'other',
    domains: ['*'],
    routes: [{ name: OUTSIDE_ROUTE, match: { pathSpecifier: { case: 'prefix', value: '/' } }, action, responseHeadersToAdd }],
  };
}

const CHAINS = new Map<string, Uint8Array>();

/** Envoy looks at the port first and does not go back: a port that has a chain needs one for all other addresses as well. 0 = any port. */
function chain(port: number, whose: Whose): Uint8Array {
  const known = CHAINS.get(`${port} ${whose}`);
  if (known !== undefined) return known;
  const bytes = encode(FilterChainSchema, {
    name: port === 0 ? 'nowhere' : `nowhere:${port}`,
    filterChainMatch: { ...(port === 0 ? {} : { destinationPort: port }), prefixRanges: [cidr(NOWHERE, 4)] },
    filters: [refusingManager(NO_SERVICE_TABLE, whose)],
  });
  CHAINS.set(`${port} ${whose}`, bytes);
  return bytes;
}

const ONWARD = new Map<string, Uint8Array>();

/** The same for a proxy that was not told of every service: what it does not know goes to the fallback. */
function onwardChain(port: number, cluster: string, whose: Whose): Uint8Array {
  const key = `${port} ${cluster} ${whose}`;
  const known = ONWARD.get(key);
  if (known !== undefined) return known;
  const bytes = encode(FilterChainSchema, {
    name: port === 0 ? 'fallback' : `fallback:${port}`,
    filterChainMatch: { ...(port === 0 ? {} : { destinationPort: port }), prefixRanges: [cidr(NOWHERE, 4)] },
    filters: [tcpProxy('outbound', cluster, { whose })],
  });
  ONWARD.set(key, bytes);
  return bytes;
}

/** Chains for virtual addresses that have no chain of their own, given the ports that have some. `fallback` is the cluster they go to. */
export function nowhereChains(ports: Iterable<number>, fallback: string | undefined, whose: Whose) {
  return [...new Set(ports)]
    .sort((a, b) => a - b)
    .concat(0)
    .map((port) => preencoded<typeof FilterChainSchema>(fallback === undefined ? chain(port, whose) : onwardChain(port, fallback, whose)));
}
