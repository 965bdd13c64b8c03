// What a control plane is opened with, and what its doors are made of.
import type { AttestorSetting, SignInSettings } from '../api/index.ts';
import { CONTROL_PLANE_NAME } from '../api/index.ts';
import type { Clock } from '../base/index.ts';
import type { ControlPlane, NodeAdmissions } from '../control/index.ts';
import type { Authority, Bans, Entrance, Federation, OpenSeal, SuppliedText, Tokens } from '../identity/index.ts';
import type { Intake } from '../manage/index.ts';
import type { Store } from '../store/index.ts';
import type { Arrivals, ExportTarget, Metrics, Records, Taps, Traces } from '../telemetry/index.ts';
import type { Collectors } from './collectors.ts';
import type { Cluster } from './kubernetes/cluster.ts';
import type { KubernetesSettings } from './kubernetes/config.ts';
import type { Log } from './logger.ts';
import type { Replicas } from './replicas/replicas.ts';

export interface ControlPlaneOptions {
  /** Data folder, made with 0700 when it is not there. */
  readonly directory: string;
  readonly api: { readonly host: string; readonly port: number };
  readonly xds: { readonly host: string; readonly port: number };
  readonly trustDomain?: string;
  /** How people sign in to the management API, beside tokens. */
  readonly signIn?: SignInSettings;
  /** A chain and key of another authority, to sign with instead of a root of its own. */
  readonly ca?: SuppliedText;
  /** The opened seal of the data folder; without it secrets stand there as they are (in tests). */
  readonly seal?: OpenSeal;
  /** What is kept of requests and connections takes no more room than this. Default 256 MiB. */
  readonly recordsBudgetBytes?: number;
  /** The same of spans. Default 256 MiB. */
  readonly tracesBudgetBytes?: number;
  /** Where spans are sent beside. */
  readonly tracesTo?: ExportTarget | undefined;
  /** What is kept of metrics takes no more room than this. Default 256 MiB. */
  readonly metricsBudgetBytes?: number;
  /** Where the counters of all proxies are pushed beside. */
  readonly metricsTo?: ExportTarget | undefined;
  /** Where lines of access logs are sent that a policy wants at a collector. */
  readonly logsTo?: ExportTarget | undefined;
  /** Who is asked for metrics instead of what is kept here. */
  readonly prometheus?: { readonly url: string; readonly token?: string } | undefined;
  /** Where other meshes ask for this one's bundle; nowhere when absent. */
  readonly federation?: { readonly host: string; readonly port: number } | undefined;
  /** Who else than the holder of a join token may join. */
  readonly attestors?: readonly AttestorSetting[];
  /** Metrics of the control plane also under the names that dashboards for Istio read; default true. */
  readonly pilotNames?: boolean;
  /** The kube cluster whose objects are the documents; none when absent. */
  readonly kubernetes?: KubernetesSettings | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** What `seal` gives to those who keep secrets. */
export interface Sealed {
  readonly files?: OpenSeal['files'];
}

export interface Parts extends Sealed {
  /** The kube cluster whose objects are the documents. */
  readonly cluster: Cluster | undefined;
  readonly peers: Federation;
  /** This mesh's own bundle. */
  readonly bundle: () => string;
  readonly store: Store;
  readonly authority: Authority;
  readonly tokens: Tokens;
  readonly entrance: Entrance;
  readonly bans: Bans;
  readonly plane: ControlPlane;
  readonly intake: Intake;
  readonly records: Records;
  readonly taps: Taps;
  readonly traces: Traces;
  readonly metrics: Metrics;
  /** Where what proxies tell goes beside. */
  readonly collectors: Collectors;
  /** How much of what proxies tell one by one has come. */
  readonly arrivals: Arrivals;
  readonly nodes: NodeAdmissions;
  readonly trustDomain: string;
  /** The other control planes of the cluster. */
  readonly replicas: Replicas | undefined;
}

/** `host:port`, IPv6 in brackets. */
export const hostPort = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

/** Names under which the control plane's certificate is good, beside the one that machines and proxies ask for. */
export function certificateNames(hosts: readonly string[]): string[] {
  const wildcard = new Set(['0.0.0.0', '::']);
  return [...new Set([CONTROL_PLANE_NAME, 'localhost', '127.0.0.1', '::1', ...hosts.filter((host) => !wildcard.has(host))])];
}
