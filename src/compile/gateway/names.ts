// Names of a gateway's resources: identities, never an index.
import { byCodeUnit } from '../../base/index.ts';
import { type GatewayKey, keyOfRef } from '../../model/index.ts';
import type { ClientTrust } from './client-trust.ts';

export function gatewayListenerName(port: number): string {
  return `gateway:${port}`;
}

/** TCP and UDP have ports of their own. */
/** HTTP/3 of a port of HTTPS. */
export function quicListenerName(port: number): string {
  return `gateway:${port}/quic`;
}

export function datagramListenerName(port: number): string {
  return `gateway:${port}/udp`;
}

/** Where a UDPRoute sends to. */
export function datagramClusterName(route: string): string {
  return `datagrams|${route}`;
}

/** The route table of a port of plain HTTP. */
export function portTableName(gateway: GatewayKey, port: number): string {
  return `gateway:${gateway}:${port}`;
}

/** The route table of a listener of its own. */
export function gatewayTableName(gateway: GatewayKey, listener: string): string {
  return `gateway:${gateway}/${listener}`;
}

export function chainName(listener: string): string {
  return listener;
}

/** The secret with the authorities of clients: the documents they are in, as identities. */
export function trustName({ sources }: Pick<ClientTrust, 'sources'>): string {
  return `trust:${sources
    .map(({ ref }) => keyOfRef(ref))
    .sort(byCodeUnit)
    .join('+')}`;
}
