// Names that a pod has from us. They are a contract: manifests, documents and people name them.
import { GATE_PORT, INBOUND_PORT, NAMES_PORT, OUTBOUND_PORT, READY_PORT, SERVICE_NAMES_PORT } from '../compile/index.ts';

export const INJECT = 'weft.dev/inject';
export const REVISION = 'weft.dev/rev';
/** Label of a namespace or pod: which proxy is wanted, `sidecar` or `node`. Annotation of a pod: which it has, or is (`gateway`, `node-proxy`). */
export const PROXY = 'weft.dev/proxy';
/** On a pod whose traffic is captured by the agent of its node: which way (sidecar, node). */
export const CAPTURE = 'weft.dev/cni';
/** On a pod that its node's proxy serves: the probes that it answers for it. */
export const NODE_PROBES = 'weft.dev/probes';
/** On a pod whose questions for names of Services go to its proxy, too: the cluster's domain, in which these names end. */
export const CLUSTER_DOMAIN = 'weft.dev/cluster-domain';
/** What was done to a pod, and what it had before. */
export const INJECTED = 'weft.dev/injected';
/** On a pod that was to have a proxy and has none: why. */
export const LEFT_ALONE = 'weft.dev/left-alone';

export const RULES_CONTAINER = 'weft-init';
export const PROXY_CONTAINER = 'weft-proxy';
export const WAIT_CONTAINER = 'weft-wait';
export const RUN_VOLUME = 'weft-run';
export const TOKEN_VOLUME = 'weft-token';
export const TRUST_VOLUME = 'weft-trust';
export const TRUST_CONFIG_MAP = 'weft-trust';

export const OUR_CONTAINERS: ReadonlySet<string> = new Set([RULES_CONTAINER, PROXY_CONTAINER, WAIT_CONTAINER]);
export const OUR_VOLUMES: ReadonlySet<string> = new Set([RUN_VOLUME, TOKEN_VOLUME, TRUST_VOLUME]);

export const OUR_PORTS: readonly number[] = [OUTBOUND_PORT, INBOUND_PORT, READY_PORT, NAMES_PORT, SERVICE_NAMES_PORT];
/** And where the agent of its node captures its traffic. */
export const GATED_PORTS: readonly number[] = [...OUR_PORTS, GATE_PORT];

/** Whom the projected token is for. */
export const TOKEN_AUDIENCE = 'weft';
export const TOKEN_SECONDS = 3600;
