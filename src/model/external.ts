// What stands outside the mesh and is called like a service of it: ExternalServices, and Services of type ExternalName.
import type { Brand, Origin } from '../base/index.ts';
import type { DocumentKey, GatewayKey, ServiceKey } from './entities.ts';
import { makeDocumentKey } from './keys.ts';

/**
 * How the addresses of an outside host are found. static: written in the document; strict: every address that DNS answers is an
 * endpoint; logical: connections go to the address answered first, and stay when the answer changes; dynamic: asked per name.
 */
export type ExternalResolution = 'static' | 'strict' | 'logical' | 'dynamic';

export interface ExternalTls {
  /** Sent as server name; '' = the host itself. */
  readonly sni: string;
  /** Trust anchors, PEM; '' = those of the control plane's system. */
  readonly caPem: string;
  /** Names of which the certificate must have one; empty = the server name. */
  readonly names: readonly string[];
}

/** By which Gateway connections leave the mesh. */
export interface Egress {
  /** It need not exist; then nobody gets there. */
  readonly gateway: GatewayKey;
  readonly port: number;
  readonly origin: Origin;
}

/** One name by which it is called, with an address of its own, so that the destination address alone names it. */
export interface ExternalHost {
  /** Lower-case; a wildcard begins with `*.`. */
  readonly host: string;
  readonly vip: string;
}

export interface External {
  readonly hosts: readonly ExternalHost[];
  readonly resolution: ExternalResolution;
  /** What DNS is asked for instead of the host; '' = the host. Only ExternalName has one. */
  readonly alias: string;
  /** IPs of a static one. */
  readonly addresses: readonly string[];
  readonly refreshMs: number;
  /** `address` or `address:port` of name servers to ask instead of the machine's; empty = the machine's. */
  readonly resolvers: readonly string[];
  /** Present when the proxy speaks TLS to it for applications that do not. */
  readonly tls?: ExternalTls;
  /** Absent: every proxy connects by itself. */
  readonly egress?: Egress;
  /** Decides who is called by a name that two have. RFC 3339. */
  readonly createdAt: string;
}

/** Who has a virtual address: a service, or one of the further names that it has (`<service>|<name>`). */
export type AddressOwner = Brand<string, 'AddressOwner'>;

const EXTERNAL = 'external:';

/** Key under which an ExternalService stands among the services. No Service has it: their names have no colon. */
export function externalKey(namespace: string, name: string): ServiceKey {
  return `${namespace}/${EXTERNAL}${name}` as ServiceKey;
}

/** Namespace, name and kind of the document behind a key of `mesh.services`. */
export function splitServiceKey(key: ServiceKey): { readonly kind: 'Service' | 'ExternalService'; readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  const [namespace, rest] = [key.slice(0, slash), key.slice(slash + 1)];
  if (rest.startsWith(EXTERNAL)) return { kind: 'ExternalService', namespace, name: rest.slice(EXTERNAL.length) };
  return { kind: 'Service', namespace, name: rest };
}

export function documentOfService(key: ServiceKey): DocumentKey {
  const { kind, namespace, name } = splitServiceKey(key);
  return makeDocumentKey(kind === 'Service' ? '' : 'weft.dev', kind, namespace, name);
}

/** `namespace/name`, as people and Scopes write it. */
export function plainServiceName(key: ServiceKey): string {
  const { namespace, name } = splitServiceKey(key);
  return `${namespace}/${name}`;
}

export function ownerOf(service: ServiceKey, name = ''): AddressOwner {
  return (name === '' ? service : `${service}|${name}`) as AddressOwner;
}

export function serviceOfOwner(owner: AddressOwner): ServiceKey {
  const at = owner.indexOf('|');
  return (at < 0 ? owner : owner.slice(0, at)) as string as ServiceKey;
}

/**
 * What a connection to an egress gateway is for, as the server name of its TLS. No name, namespace or host has an underscore, so no
 * two of them are the same.
 */
export function egressName(at: { readonly namespace: string; readonly name: string; readonly host: string; readonly port: number }): string {
  return `${at.port}_${at.name}_${at.namespace}_${at.host}`;
}
