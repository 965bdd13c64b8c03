import type { Protocol } from '../entities.ts';

/** appProtocol values (KEP-3726 and the usual unprefixed ones) and what they mean to a proxy. */
const APP_PROTOCOLS: ReadonlyMap<string, Protocol> = new Map([
  ['http', 'http'],
  ['http1', 'http'],
  ['kubernetes.io/ws', 'http'],
  ['h2c', 'h2c'],
  ['http2', 'h2c'],
  ['kubernetes.io/h2c', 'h2c'],
  ['grpc', 'grpc'],
  ['tcp', 'tcp'],
  ['https', 'tcp'], // already encrypted by the application: bytes
  ['tls', 'tcp'],
  ['kubernetes.io/wss', 'tcp'],
]);

/** `http-admin`, `grpc`, …: the name of a port, or what stands before its first dash, is telling. */
const NAME_PREFIXES: ReadonlyMap<string, Protocol> = new Map([
  ['http', 'http'],
  ['http2', 'h2c'],
  ['h2c', 'h2c'],
  ['grpc', 'grpc'],
  ['tcp', 'tcp'],
  ['https', 'tcp'],
  ['tls', 'tcp'],
]);

const ENCRYPTED: ReadonlySet<string> = new Set(['https', 'tls', 'kubernetes.io/wss']);

/** Whether the port says that the application speaks TLS itself, whatever is inside. */
export function isEncrypted({ name, appProtocol }: { readonly name: string; readonly appProtocol?: string | undefined }): boolean {
  return ENCRYPTED.has(appProtocol?.toLowerCase() ?? name.split('-')[0] ?? '');
}

export const KNOWN_APP_PROTOCOLS: readonly string[] = [...APP_PROTOCOLS.keys()];

export function protocolOfAppProtocol(appProtocol: string): Protocol | undefined {
  return APP_PROTOCOLS.get(appProtocol.toLowerCase());
}

/** The protocol of a port and whether anybody said so; an assumption is `tcp`, which never harms a server-first protocol. */
export function protocolOf(port: { readonly name: string; readonly appProtocol?: string | undefined }): {
  readonly protocol: Protocol;
  readonly declared: boolean;
  readonly told: 'declared' | 'assumed';
} {
  const told = port.appProtocol === undefined ? undefined : protocolOfAppProtocol(port.appProtocol);
  if (told !== undefined) return { protocol: told, declared: true, told: 'declared' };
  const named = port.appProtocol === undefined ? NAME_PREFIXES.get(port.name.split('-')[0] ?? '') : undefined;
  return { protocol: named ?? 'tcp', declared: named !== undefined, told: named === undefined ? 'assumed' : 'declared' };
}
