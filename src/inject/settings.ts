/** Amounts of Kubernetes (`100m`, `64Mi`) for one container. */
export interface Resources {
  readonly requests?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

/** What an installation says of all its proxies; a pod's annotations may say otherwise (knobs.ts). */
export interface InjectSettings {
  /** Of Weft, for the record on pods. */
  readonly version: string;
  /** Empty: the revision of namespaces that name none. */
  readonly revision: string;
  /** Where the control plane itself stands: its pods are left alone. */
  readonly namespace: string;
  readonly image: string;
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Secrets of the pod's own namespace with which its image is pulled, beside those that the pod names. */
  readonly pullSecrets?: readonly string[];
  /** Who captures a pod's traffic: an init container with NET_ADMIN, or the agent of its node. */
  readonly interception: 'init' | 'cni';
  /** In which names of the cluster's Services end, `cluster.local`. */
  readonly clusterDomain: string;
  /** Which names the proxies of pods answer that say nothing of it: those of Services, too, or of the mesh alone. */
  readonly names: 'services' | 'mesh';
  /** Nodes have proxies that serve pods; the image of Weft itself, with which such pods wait for theirs. Absent: they have none. */
  readonly node?: { readonly image: string };
  /** Programs in the image. */
  readonly envoy: string;
  readonly nft: string;
  /** `host:port`, as a pod reaches the control plane. */
  readonly controlPlane: string;
  readonly resources: Resources;
  readonly logLevel: string;
  /** Envoy's worker threads. */
  readonly concurrency: number;
  /** How long an application goes on when its pod is to end, so that everybody has heard of it. */
  readonly drainSeconds: number;
}

export const DEFAULT_SETTINGS: Omit<InjectSettings, 'version'> = {
  revision: '',
  namespace: 'weft-system',
  interception: 'init',
  clusterDomain: 'cluster.local',
  names: 'mesh',
  image: 'weft/proxy:latest',
  envoy: '/usr/local/bin/envoy',
  nft: '/usr/sbin/nft',
  controlPlane: 'weft.weft-system.svc:15012',
  resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '512Mi' } },
  logLevel: 'warning',
  concurrency: 2,
  drainSeconds: 5,
};
