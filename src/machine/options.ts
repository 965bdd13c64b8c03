import type { CaptureMode, Upstream } from './capture/port.ts';
import type { ControlPlaneAddress } from './control-plane.ts';
import { machineError } from './errors.ts';

export type PortProtocol = 'http' | 'h2c' | 'grpc' | 'tcp';

/** A port of the application. `servicePort` is the one callers use, when it is another. */
export interface PortOption {
  readonly name: string;
  readonly port: number;
  readonly servicePort?: number;
  readonly protocol?: PortProtocol;
}

/** Everything `weft run` is told. Durations in seconds as users give them. */
export interface RunOptions {
  readonly service: string;
  /** Must be the token's own when given. */
  readonly namespace?: string;
  readonly serviceAccount?: string;
  readonly ports: readonly PortOption[];
  /** Make a Service from the ports when no document declares it. */
  readonly createService: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Tells instances of one service apart; random when absent. */
  readonly instance?: string;
  /** A fresh join token; called once, and again when the control plane has forgotten this workload. `undefined`: there is no other. */
  readonly joinToken: (again: boolean) => Promise<string | undefined>;
  readonly controlPlane: ControlPlaneAddress;
  readonly address: string;
  readonly zone: string;
  readonly weight: number;
  /** It is a proxy of the Gateway named by `service`: no application, no capture. */
  readonly gateway?: {
    readonly bind: string;
    /** It serves no Gateway but what other proxies were not told of (docs/decisions/0010), on this port. */
    readonly fallbackPort?: number;
  };
  /** `proxy`: it is the proxy of a node of this machine, no application. `served`: the application is served by that node's proxy. */
  readonly node?: { readonly role: 'proxy' | 'served'; readonly socket: string };
  /** Threads of Envoy; one unless said otherwise. */
  readonly workers?: number;
  /** How much Envoy may allocate, in bytes; without it as much as `heapOfMachine` says. */
  readonly heapBytes?: number;
  readonly capture: CaptureMode | 'auto';
  readonly upstreams: readonly Upstream[];
  /** How long requests in flight may take when the workload is stopped. */
  readonly drainSeconds: number;
  /** How long the application may take to end after its signal. */
  readonly graceSeconds: number;
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Put before each line the application writes; absent: its output is passed through untouched. */
  readonly prefix?: string;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

const PROTOCOLS: readonly PortProtocol[] = ['http', 'h2c', 'grpc', 'tcp'];

function parsePortNumber(text: string, whole: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw machineError(
    'machine/usage',
    `--port ${whole}: "${text}" is not a port from 1 to 65535\n  write PORT, SERVICE_PORT:PORT, and behind it /http, /h2c, /grpc or /tcp if you like`,
  );
}

function parseProtocol(text: string, whole: string): PortProtocol {
  const found = PROTOCOLS.find((protocol) => protocol === text);
  if (found !== undefined) return found;
  throw machineError(
    'machine/usage',
    `--port ${whole}: "${text}" is not a protocol Weft knows\n  it knows ${PROTOCOLS.join(', ')}; leave it out to have it found`,
  );
}

/** `8080`, `443:8443`, `8080/tcp`, `grpc=90:9090/grpc`. Throws `machine/usage`. `protocol` is for all that name none themselves. */
export function parsePort(text: string, protocol?: PortProtocol): PortOption {
  const found = /^(?:([a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?)=)?(?:([^:/]+):)?([^:/]+)(?:\/(.+))?$/.exec(text);
  if (found === null) throw machineError('machine/usage', `--port ${text}: this is no port\n  write PORT or SERVICE_PORT:PORT, for example 8080 or 443:8443`);
  const [, name, , outer, inner = '', told] = found;
  const port = parsePortNumber(inner, text);
  const known = told === undefined ? protocol : parseProtocol(told, text);
  return {
    // by the service's port, so that instances that listen on different ports serve one service
    name: name ?? `port-${outer ?? port}`,
    port,
    ...(outer === undefined ? {} : { servicePort: parsePortNumber(outer, text) }),
    ...(known === undefined ? {} : { protocol: known }),
  };
}

/** All of `--port`, `--protocol`; a port twice, or two ports of one name, is refused. Throws `machine/usage`. */
export function parsePorts(texts: readonly string[], protocol?: string): readonly PortOption[] {
  const known = protocol === undefined ? undefined : parseProtocol(protocol, protocol);
  const ports = texts.map((text) => parsePort(text, known));
  for (const [at, { port, name }] of ports.entries()) {
    const before = ports.slice(0, at);
    if (before.some((other) => other.port === port)) throw machineError('machine/usage', `--port ${port} is given twice`);
    if (before.some((other) => other.name === name)) throw machineError('machine/usage', `two ports are named "${name}"`);
  }
  return ports;
}

/** `checkout.shop:5432` or `checkout:5432`. Throws `machine/usage`. */
export function parseUpstream(text: string): Upstream {
  const found = /^([a-z0-9][-a-z0-9.]*):(\d{1,5})$/.exec(text);
  const port = Number(found?.[2]);
  if (found?.[1] !== undefined && port >= 1 && port <= 65_535) return { service: found[1], port };
  throw machineError('machine/usage', `--upstream ${text}: write SERVICE:PORT, for example orders-db.shop:5432`);
}

/** `HOST:PORT`, IPv6 in brackets; the port may be left out. Throws `machine/usage`. */
export function parseHostPort(text: string, defaultPort: number): ControlPlaneAddress {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(text);
  const host = found?.[1] ?? found?.[2];
  const port = found?.[3] === undefined ? defaultPort : Number(found[3]);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw machineError(
    'machine/usage',
    `${text} is not an address\n  write HOST:PORT, for example mesh.example.com:${defaultPort} or [2001:db8::1]:${defaultPort}`,
  );
}
