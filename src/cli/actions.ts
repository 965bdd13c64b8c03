// What only the hall can do, since it joins rooms that the command line may not know. bin/ gives these to `main`.
import type { AttestorSetting, SignInSettings } from '../api/index.ts';
import type { RunOptions } from '../machine/index.ts';

/** Where the key of a data folder's seal may be: identity's `SealSources`. */
export interface SealSources {
  readonly keyFile?: string | undefined;
  readonly passphraseFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** What `weft seal` tells. Nothing in it is secret. */
export interface SealReport {
  readonly directory: string;
  /** Sealed folders have a seal.json. */
  readonly sealed: boolean;
  readonly install: string;
  readonly kind: 'key-file' | 'passphrase' | 'none';
  /** Which key file it is, as 8 hexadecimal digits; empty for a passphrase. */
  readonly keyCheck: string;
  /** Where the key is looked for. */
  readonly keyFrom: string;
}

export interface RestoreRequest {
  readonly directory: string;
  /** Lines of the backup. */
  readonly lines: readonly string[];
  readonly seal: SealSources;
  /** A folder that is there is set aside, and its bans are kept. */
  readonly replace: boolean;
}

export interface RestoreReport {
  readonly directory: string;
  /** When the backup was made, RFC 3339. */
  readonly at: string;
  readonly revision: number;
  readonly documents: number;
  readonly bans: number;
  /** Tokens of users that are no good any more. */
  readonly tokens: number;
  /** Where the folder that was there is now; absent when there was none. */
  readonly before?: string;
  /** Why its bans could not be read. */
  readonly unread?: string;
}

/** Webhooks of a control plane, and what they put into pods. */
/** What an installation says of all proxies in pods. */
export interface ProxyDefaults {
  /** Secrets of the pods' own namespaces with which their proxy's image is pulled. */
  readonly pullSecrets?: readonly string[];
  readonly imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Quantities of Kubernetes by resource; what is not said here is as it was. */
  readonly resources?: { readonly requests?: Readonly<Record<string, string>>; readonly limits?: Readonly<Record<string, string>> };
}

export interface WebhooksRequest extends ProxyDefaults {
  readonly host: string;
  readonly port: number;
  readonly names: readonly string[];
  /** A file with the trust anchors of API servers' certificates; without it whoever reaches the port may ask. */
  readonly clientCa?: string;
  /** Common names that such a certificate may have; any when empty. */
  readonly clientNames?: readonly string[];
  readonly revision?: string;
  /** Who captures the traffic of pods; an init container when absent. */
  readonly interception?: 'init' | 'cni';
  /** In which names of the cluster's Services end; cluster.local when absent. */
  readonly clusterDomain?: string;
  /** Which names proxies answer; those of the mesh alone when absent. */
  readonly proxyNames?: 'services' | 'mesh';
  /** Of Weft itself, where nodes have proxies; they have none when absent. */
  readonly nodeImage?: string;
  readonly proxyImage?: string;
  /** `host:port`, as pods reach the control plane. */
  readonly controlPlane?: string;
}

export interface UpRequest {
  readonly directory: string;
  readonly api: { readonly host: string; readonly port: number };
  readonly xds: { readonly host: string; readonly port: number };
  readonly trustDomain?: string;
  /** A certificate chain and its key, PEM, to sign with instead of a root of its own. */
  readonly ca?: { readonly chainPem: string; readonly keyPem: string };
  /** Where other meshes ask for the bundle. */
  readonly federation: { readonly host: string; readonly port: number } | undefined;
  /** The kube cluster whose objects are the documents: in-cluster, or by kubeconfig. */
  readonly kubernetes:
    | {
        readonly kubeconfig?: string;
        readonly context?: string;
        readonly revision?: string;
        readonly namespace?: string;
        readonly env: Readonly<Record<string, string | undefined>>;
        /** Where the cluster's API server asks about pods and documents; nowhere when absent. */
        readonly webhooks?: WebhooksRequest;
        /** What is made for Gateways: of which image, with the way to the control plane, and where (everywhere when absent). */
        readonly gateways: Pick<ProxyDefaults, 'imagePullPolicy' | 'pullSecrets'> & {
          readonly proxyImage?: string;
          readonly controlPlane?: string;
          readonly namespaces?: readonly string[];
        };
      }
    | undefined;
  readonly seal: SealSources;
  readonly signIn: SignInSettings;
  readonly attestors: readonly AttestorSetting[];
  /** Metrics of the control plane also under the names that dashboards for Istio read. */
  readonly pilotNames: boolean;
  readonly recordsBudgetBytes: number;
  readonly tracesBudgetBytes: number;
  /** A collector that spans are sent to beside; telemetry's `ExportTarget`. */
  readonly tracesTo: { readonly endpoint: string; readonly headers?: Readonly<Record<string, string>> } | undefined;
  readonly metricsBudgetBytes: number;
  /** A collector of lines of access logs. */
  readonly logsTo: { readonly endpoint: string; readonly headers?: Readonly<Record<string, string>> } | undefined;
  /** A collector that counters are pushed to beside. */
  readonly metricsTo: { readonly endpoint: string; readonly headers?: Readonly<Record<string, string>> } | undefined;
  /** Who is asked for metrics instead of what is kept here. */
  readonly prometheus: { readonly url: string; readonly token?: string } | undefined;
  readonly logLevel: string;
  /** Runs once the control plane answers and before it is announced (documents of `-f`). */
  readonly prepare: (running: { readonly apiUrl: string; readonly adminToken: string }) => Promise<void>;
  readonly tell: (line: string) => void;
}

/** The agent of a Kubernetes node (docs/kubernetes.md, "Without NET_ADMIN"). */
export interface AgentRequest {
  /** The node's name in the cluster. */
  readonly node: string;
  /** Where plugins ask. */
  readonly socket: string;
  /** The host's root as it is seen from here; empty where this runs on the host itself. */
  readonly host: string;
  /** Folders of the host: where its runtime finds plugins, and what it is to do with them. */
  readonly plugins: string;
  readonly configurations: string;
  readonly readinessPort: number;
  /** What started it: when this is gone for good, so is what it left on its host. */
  readonly self: { readonly namespace: string; readonly daemonSet: string };
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logLevel: string;
}

export interface Actions {
  readonly version: string;
  /** How this command line starts itself: program and first arguments. */
  readonly weft: readonly string[];
  up(request: UpRequest): Promise<number>;
  run(options: RunOptions): Promise<number>;
  /** Until SIGTERM or SIGINT. */
  agent(request: AgentRequest): Promise<number>;
  /** Throws WeftError, and then nothing was changed. */
  readonly restore: (request: RestoreRequest) => Promise<RestoreReport>;
  readonly seal: {
    /** Throws WeftError when `open` is asked for and the key does not open the seal. */
    status(directory: string, sources: SealSources, open: boolean): Promise<SealReport>;
    /** Throws WeftError; the folder opens with the old key or with the new one, never with none. */
    rekey(directory: string, sources: SealSources, to: { readonly kind: 'key-file' | 'passphrase'; readonly path: string }): Promise<SealReport>;
    newKey(path: string): Promise<void>;
  };
}
