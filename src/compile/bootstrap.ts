// Envoy's bootstrap on a plain machine, where the control plane makes it for a proxy that it knows.
import type { ProxyId } from '../model/index.ts';
import { addressOf, type BootstrapParts, bootstrapOf, readyHttp } from './bootstrap-parts.ts';

/** What only the machine knows of the proxy it will start (api's `JoinRequest.envoy`). */
export interface MachineEnvoy {
  readonly adminSocket: string;
  /** A pipe, or `host:port`: answers `GET /ready` with 200 once the configuration is complete; connection refused before. */
  readonly readySocket: string;
  /** Folder that changes when the token does, and the SDS file (which never changes) that points to the token. */
  readonly tokenDirectory: string;
  readonly tokenResource: string;
  /** SDS file in `tokenDirectory` with the control plane's trust anchors; without it they are fixed in the bootstrap. */
  readonly trustResource?: string | undefined;
  /** `host:port`, or `unix:/path`, as Envoy reaches the control plane. */
  readonly xdsAddress: string;
  /** How much Envoy may allocate, in bytes; not told by machines of earlier releases. */
  readonly heapBytes?: number | undefined;
}

export interface BootstrapOptions {
  readonly proxy: ProxyId;
  readonly zone: string;
  /** Trust anchor of the control plane's certificate, PEM. */
  readonly rootPem: string;
  /** DNS name in the control plane's certificate. */
  readonly controlPlaneName?: string;
  readonly envoy: MachineEnvoy;
}

/** The bootstrap of a proxy, JSON. Without its first configuration the proxy does not become ready, however long that takes. */
export function bootstrap({ proxy, zone, envoy, rootPem, controlPlaneName }: BootstrapOptions): string {
  const watched = envoy.tokenDirectory;
  const parts: BootstrapParts = {
    node: { id: proxy, cluster: proxy, ...(zone === '' ? {} : { locality: { zone } }) },
    adminSocket: envoy.adminSocket,
    xdsAddress: envoy.xdsAddress,
    controlPlaneName,
    token: { resource: envoy.tokenResource, watched },
    trust: envoy.trustResource === undefined ? rootPem : { resource: envoy.trustResource, watched },
    heapBytes: envoy.heapBytes,
    listeners: [readyListener(envoy.readySocket)],
    clusters: [],
  };
  return `${JSON.stringify(bootstrapOf(parts), undefined, 1)}\n`;
}

/** Opens only when the first configuration is complete, because listeners begin to accept only then. */
function readyListener(place: string) {
  // Readiness must be seen however full the proxy is.
  return {
    name: 'ready',
    address: addressOf(place, 0o600),
    filter_chains: [{ filters: [readyHttp()] }],
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
  };
}
