// Where the control plane asks a provider about itself: whom an ExternalService names, and nobody else, so that a policy makes it call nobody whom its proxies may not.
import { type Mesh, servicesOfHost } from '../../model/index.ts';
import { parseKeysUri } from '../../policy/index.ts';
import { keysSource } from './token-keys.ts';

export interface ProviderPlace {
  readonly host: string;
  readonly port: number;
  /** Instead of looking the host up; empty = look it up. */
  readonly addresses: readonly string[];
  /** Name servers to ask for it; empty = the machine's. */
  readonly resolvers: readonly string[];
  readonly serverName: string;
  /** Authorities, PEM; '' = the system's. */
  readonly caPem: string;
}

/** The place behind an https address, or why nobody is asked there. */
export function providerPlace(mesh: Mesh, url: string): ProviderPlace | { readonly why: string } {
  const asked = parseKeysUri(url);
  if (typeof asked === 'string') return { why: `the issuer ${asked}` };
  const source = keysSource(mesh, url);
  if ('why' in source) return source;
  const service = servicesOfHost(mesh, asked.host).find(({ key }) => key === source.service);
  const { external } = service ?? {};
  const port = service?.ports.find((each) => each.port === asked.port);
  if (external === undefined || port === undefined)
    return { why: `${asked.host} is a Service of the mesh, where the control plane does not ask: write spec.provider` };
  if (external.egress !== undefined) return { why: `${asked.host} is reached by a Gateway, by which the control plane does not go: write spec.provider` };
  const { addresses, resolvers, tls } = external;
  const serverName = tls === undefined || tls.sni === '' ? asked.host : tls.sni;
  return { host: asked.host, port: Number(port.targetPort), addresses, resolvers, serverName, caPem: tls?.caPem ?? '' };
}
