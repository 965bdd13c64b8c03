// Envoy's bootstrap in a pod: written before the pod has a name, so Envoy's arguments say who it is (--service-node, --service-cluster) and Kubernetes puts the
// pod's address in. Token and trust are files that Kubernetes keeps fresh.
import { type BootstrapParts, bootstrapOf, readyHttp } from '../bootstrap-parts.ts';
import { PROXY_FOLDER, READY_PORT, TOKEN_FOLDER, TRUST_FOLDER } from './ports.ts';
import { inArguments, type PodProbe, type ProbePlace, probeClusters, probeFilters, probeRoutes } from './probes.ts';

export interface PodBootstrapOptions {
  /** `host:port` of the control plane, as pods call it. */
  readonly xdsAddress: string;
  readonly controlPlaneName?: string;
  /** Answers `GET /ready` with 200 once the configuration is complete (connection refused before), and the probes. */
  readonly readyPort?: number;
  readonly probes?: readonly PodProbe[];
  /** What stands for the pod's address: by default a variable that the container must have (`status.podIP`). */
  readonly podAddress?: string;
  /** How much Envoy may allocate, in bytes: by default a variable that the container must have (`limits.memory`). */
  readonly heapBytes?: number;
}

/** The variable of the proxy's container that holds the pod's address. */
export const POD_ADDRESS_VARIABLE = 'POD_IP';

/** And the one that holds how much memory the container may have, in bytes (`limits.memory`; without a limit, what the node has). */
export const POD_MEMORY_VARIABLE = 'PROXY_MEMORY';

/**
 * The value of `--config-yaml` (JSON on one line). https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/ says how `$(POD_IP)`
 * is replaced in arguments.
 */
export function podBootstrap(options: PodBootstrapOptions): string {
  const { xdsAddress, readyPort = READY_PORT, probes = [], podAddress = `$(${POD_ADDRESS_VARIABLE})` } = options;
  const place = inArguments(podAddress);
  const parts: BootstrapParts = {
    adminSocket: `${PROXY_FOLDER}/admin.sock`,
    xdsAddress,
    controlPlaneName: options.controlPlaneName,
    token: { resource: `${TRUST_FOLDER}/token.yaml`, watched: TOKEN_FOLDER },
    trust: { resource: `${TRUST_FOLDER}/trust.yaml`, watched: TRUST_FOLDER },
    heapBytes: options.heapBytes ?? `$(${POD_MEMORY_VARIABLE})`,
    listeners: [readyListener({ port: readyPort, probes, place })],
    clusters: probeClusters(probes, place),
  };
  return JSON.stringify(bootstrapOf(parts));
}

export interface ReadyOptions {
  readonly port: number;
  readonly probes: readonly PodProbe[];
  readonly place: ProbePlace;
}

/** Readiness and probes, at the one port of a pod that is never captured; JSON with Envoy's own field names. */
export function readyListener({ port, probes, place }: ReadyOptions) {
  const inside = place.netns === undefined ? {} : { network_namespace_filepath: place.netns };
  return {
    name: `ready${place.suffix}`,
    address: { socket_address: { address: '0.0.0.0', port_value: port, ...inside } },
    filter_chains: [{ filters: [readyHttp(probeFilters(probes, place), probeRoutes(probes, place))] }],
    // Both are asked for however full the proxy is.
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
  };
}
