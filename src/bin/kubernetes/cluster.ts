// The kube cluster that a control plane serves: mirrored into the store, and asked who is behind a pod's token.
import type { Clock } from '../../base/index.ts';
import { type ClusterKeys, PodTokens } from '../../identity/index.ts';
import { type KubeClient, type KubeConfig, type LeaseTimes, TokenReviewer } from '../../kube/index.ts';
import { makeDocumentKey } from '../../model/index.ts';
import { kubernetesSource, Mirror, type NodeAccount } from '../../source/index.ts';
import type { Store } from '../../store/index.ts';
import type { Log } from '../logger.ts';
import type { ReplicaTimes } from '../replicas/directory.ts';

/** For whom pods ask for tokens (`audience` of the projected volume). */
export const POD_AUDIENCE = 'weft';
const AREA = 'kubernetes';

/** As they are installed: there is one proxy of each node, whatever revisions of the control plane there are (src/install/node-proxy.ts). */
const NODE_PROXIES: NodeAccount = { namespace: 'weft-node', serviceAccount: 'weft-node-proxy' };

export interface ClusterPlace {
  /** Its namespace is the one that the control plane has for itself: the Secret with the authority, the lease. */
  readonly config: KubeConfig;
  /** Of several control planes of one cluster, which; '' for the only one. */
  readonly revision?: string;
  /** The pod that this control plane runs in, and its address; absent outside of one. */
  readonly pod?: { readonly name: string; readonly address: string };
  /** For tests. */
  readonly leaseTimes?: LeaseTimes;
  readonly replicaTimes?: ReplicaTimes;
}

export interface ClusterOptions {
  readonly client: KubeClient;
  readonly store: Store;
  readonly trustDomain: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Cluster extends AsyncDisposable {
  readonly client: KubeClient;
  readonly mirror: Mirror;
  readonly podTokens: PodTokens;
}

/** Begins to follow the cluster; what it says is in the store when `mirror.listed`. The client stays the caller's. */
export function openCluster({ client, store, trustDomain, clock, log }: ClusterOptions): Cluster {
  const mirror = Mirror.open({ source: (told) => kubernetesSource({ client, nodes: NODE_PROXIES, ...told }), store, log });
  const podTokens = podTokensOf(client, { store, trustDomain, clock, log });
  return { client, mirror, podTokens, [Symbol.asyncDispose]: () => mirror[Symbol.asyncDispose]() };
}

function podTokensOf(client: KubeClient, { store, trustDomain, clock, log }: Omit<ClusterOptions, 'client'>): PodTokens {
  const reviewer = new TokenReviewer(client, POD_AUDIENCE, () => clock.now());
  return new PodTokens({
    trustDomain,
    audience: POD_AUDIENCE,
    clock,
    log,
    review: (token) => reviewer.review(token),
    fetchKeys: () => keysOf(client),
    kept: { load: () => store.getValue(AREA, 'keys'), save: (text) => store.putValue(AREA, 'keys', text) },
    podUid: (workload) => {
      const [namespace = '', name = ''] = workload.split('/');
      return store.get(makeDocumentKey('weft.dev', 'Workload', namespace, name))?.metadata.uid;
    },
  });
}

/** Issuer and keys of the cluster's service account tokens (Kubernetes: "Service account issuer discovery"). */
async function keysOf(client: KubeClient): Promise<ClusterKeys> {
  const [{ issuer }, jwks] = (await Promise.all([client.raw('/.well-known/openid-configuration'), client.raw('/openid/v1/jwks')])) as [
    Pick<ClusterKeys, 'issuer'>,
    ClusterKeys['jwks'],
  ];
  return { issuer, jwks };
}
