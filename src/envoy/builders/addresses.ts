import type { MessageInitShape } from '@bufbuild/protobuf';
import { type AddressSchema, type CidrRangeSchema, SocketAddress_Protocol } from '../messages.ts';

export interface SocketAddressOptions {
  /** IPv4 or IPv6, without brackets. */
  readonly address: string;
  readonly port: number;
  /** Network namespace to bind or dial in, as a path that Envoy can open. */
  readonly netns?: string;
  readonly udp?: boolean;
}

export function socketAddress({ address, port, netns, udp = false }: SocketAddressOptions): MessageInitShape<typeof AddressSchema> {
  return {
    address: {
      case: 'socketAddress',
      value: {
        protocol: udp ? SocketAddress_Protocol.UDP : SocketAddress_Protocol.TCP,
        address,
        portSpecifier: { case: 'portValue', value: port },
        ...(netns === undefined ? {} : { networkNamespaceFilepath: netns }),
      },
    },
  };
}

/** A Unix socket. `mode` (file permissions) only matters for a listener. */
export function pipeAddress(path: string, mode?: number): MessageInitShape<typeof AddressSchema> {
  return { address: { case: 'pipe', value: { path, ...(mode === undefined ? {} : { mode }) } } };
}

export function cidr(address: string, prefixLength: number): MessageInitShape<typeof CidrRangeSchema> {
  return { addressPrefix: address, prefixLen: prefixLength };
}
