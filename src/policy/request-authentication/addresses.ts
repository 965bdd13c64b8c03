// Where keys may be fetched. A document must not make proxies ask what only they can reach: loopback, link-local (where clouds keep
// credentials). Names are left to ExternalServices, whose addresses are looked at the same way.

const NAMES: ReadonlySet<string> = new Set(['localhost', 'metadata', 'metadata.google.internal', 'instance-data']);

/** Unspecified, loopback, link-local, and multicast upwards. */
const FORBIDDEN = /^(0|127|169\.254|22[4-9]|2[3-5]\d)\.|^(::1?$|fe[89ab]|ff)/i;

/** Addresses of the machine itself and of what is around it. */
export function isNear(address: string): boolean {
  return FORBIDDEN.test(address);
}

export interface KeysPlace {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** The parts of an address of keys, or what is wrong with it. */
export function parseKeysUri(uri: string): KeysPlace | string {
  const found = /^(https?):\/\/([^/?#@\s:[\]]+)(?::(\d{1,5}))?(\/[^\s#]*)?$/.exec(uri);
  if (found === null) return 'must be like https://idp.example.com/jwks.json: no user, no fragment, a name for the host';
  const [, scheme = '', name = '', port, path = '/'] = found;
  const host = name.toLowerCase();
  const tls = scheme === 'https';
  if (/^[\d.]+$|^0x/i.test(host)) return 'must name its host: addresses are not fetched from';
  if (NAMES.has(host) || host.endsWith('.localhost')) return `${host} is this machine or its surroundings: keys are not fetched from there`;
  const number = port === undefined ? (tls ? 443 : 80) : Number(port);
  if (number < 1 || number > 65_535) return 'has no such port';
  return { tls, host, port: number, path };
}
