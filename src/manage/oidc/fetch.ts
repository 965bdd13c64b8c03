// Fetching what an issuer publishes, without being led anywhere else: https only, no redirects, a size, a time, and no addresses inside
// of the network unless the operator named that very host.
import { lookup as lookupName } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { request } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { readJson } from '../body.ts';

export const FETCH_BYTES = 1024 * 1024;
export const FETCH_MS = 5_000;

const INSIDE = new BlockList();
for (const [net, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  INSIDE.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  INSIDE.addSubnet(net, prefix, 'ipv6');

/** Loopback, link-local (with the metadata services of clouds), private and multicast addresses; IPv4 in IPv6 as well. */
export function isInside(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  return INSIDE.check(mapped, isIP(mapped) === 6 ? 'ipv6' : 'ipv4');
}

export interface FetchOptions {
  /** The host that the operator named: it may be inside. */
  readonly named: string;
  /** PEM of authorities beside those of the system; undefined: the system's. */
  readonly caPem?: string;
  /** Where to connect to, when documents say that. */
  readonly place?: {
    readonly port: number;
    readonly serverName: string;
    /** Instead of looking the host up. */
    readonly addresses: readonly string[];
    /** Name servers to ask instead of the machine's. */
    readonly resolvers: readonly string[];
  };
}

/** The check is made on the address that is dialled, so a name that answers differently the second time gains nothing. */
function guarded(named: string): LookupFunction {
  return (host, options, done) =>
    lookupName(host, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) return done(error ?? new Error(`${host} has no address`), '', 4);
      if (host !== named && addresses.some(({ address }) => isInside(address))) return done(new Error(`${host} is an address inside of the network`), '', 4);
      return options.all === true ? done(null, addresses) : done(null, first.address, first.family);
    });
}

type Place = NonNullable<FetchOptions['place']>;

/** The addresses that documents say, or that the name servers do which they name. */
async function addressesAt({ addresses, resolvers }: Place, host: string): Promise<readonly string[]> {
  if (addresses.length > 0 || resolvers.length === 0) return addresses;
  const resolver = new Resolver({ timeout: FETCH_MS, tries: 1 });
  resolver.setServers(resolvers);
  return resolver.resolve4(host);
}

/** Where to connect to, beside what the address says. */
async function connectionTo(host: string, { named, place }: FetchOptions) {
  const lookup = guarded(named);
  if (place === undefined) return { lookup };
  const [first] = await addressesAt(place, host);
  return { lookup, port: place.port, servername: place.serverName, ...(first === undefined ? {} : { hostname: first }) };
}

/** The JSON at `url`. Throws with the reason; never with anything of the answer in it. */
export async function fetchJson(url: string, options: FetchOptions): Promise<unknown> {
  const { named, caPem } = options;
  const target = new URL(url);
  const host = target.hostname.replace(/^\[|\]$/g, '');
  if (target.protocol !== 'https:' || target.username !== '' || target.password !== '') throw new Error(`${target.origin} is no plain https address`);
  if (isIP(host) !== 0 && host !== named && isInside(host)) throw new Error(`${host} is an address inside of the network`);
  const connection = await connectionTo(host, options);
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(FETCH_MS);
    const asked = request(
      target,
      { signal, headers: { host: target.host, accept: 'application/json' }, agent: false, ...connection, ...(caPem === undefined ? {} : { ca: caPem }) },
      (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        if (answer.statusCode !== 200) return void asked.destroy(new Error(`${target.origin} answered ${answer.statusCode}`));
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > FETCH_BYTES) asked.destroy(new Error(`${target.origin} answered more than ${FETCH_BYTES} bytes`));
          else chunks.push(chunk);
        });
        answer.on('error', reject);
        answer.on('end', () => {
          try {
            resolve(readJson(Buffer.concat(chunks).toString('utf8')));
          } catch {
            reject(new Error(`${target.origin} did not answer JSON`));
          }
        });
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}
