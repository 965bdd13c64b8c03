import { CONTROL_PLANE_UID, imageOf, LABELS, NAMESPACE, ownName, PORTS, SELECTOR } from './manifest.ts';
import { choose, each, filled, given, is, joined, listed, number, optional, some, type Term, text, value } from './terms/index.ts';

type Part = Readonly<Record<string, Term>>;

const VOLUME = '/var/lib/weft';
/** The volume itself is root's, and may be written by all of the pod: the folder in it is the control plane's alone. */
const DATA = `${VOLUME}/data`;

/** The API answers to the name of this machine, and to no other that a browser could be lured with. */
const probe = (path: string, more: Part): Part => ({ httpGet: { path, port: 'api', httpHeaders: [{ name: 'Host', value: 'localhost' }] }, ...more });

const field = (name: string, fieldPath: string): Part => ({ name, valueFrom: { fieldRef: { fieldPath } } });

const AMOUNTS = ['cpu', 'memory', 'ephemeral-storage'] as const;

const amountArguments = (flag: string, of: 'proxy.resources.requests' | 'proxy.resources.limits'): readonly Term[] =>
  AMOUNTS.map((name) => some(given(`${of}.${name}`), text`${flag}=${name}=${number(`${of}.${name}`)}`));

const PROVISION = 'gateways.provision';
const GATEWAYS = some(listed(PROVISION), choose(filled(PROVISION), text`--gateways=${joined(PROVISION, ',')}`, '--gateways=nowhere'));

const CLIENT_AUTHORITY = 'webhooks.clientAuthority';
const CLIENT_FOLDER = '/etc/weft/webhook-clients';

const ARGUMENTS: readonly Term[] = [
  'up',
  '--kubernetes',
  `--data=${DATA}`,
  `--api=0.0.0.0:${PORTS.api}`,
  `--xds=0.0.0.0:${PORTS.xds}`,
  text`--trust-domain=${value('trustDomain')}`,
  `--webhooks=0.0.0.0:${PORTS.webhooks}`,
  some(is('injection.interception', 'CNI'), '--interception=cni'),
  text`--cluster-domain=${value('clusterDomain')}`,
  some(is('injection.names', 'Services'), '--names=services'),
  some(
    given(CLIENT_AUTHORITY),
    `--webhook-client-ca=${CLIENT_FOLDER}/ca.crt`,
    each('webhooks.clientNames', 'client', (item) => [text`--webhook-client-name=${item('')}`]),
  ),
  some(is('node.proxy.enabled', 'true'), text`--node-image=${imageOf('controlPlane')}`),
  text`--proxy-image=${imageOf('proxy')}`,
  text`--proxy-pull-policy=${value('images.pullPolicy')}`,
  each('proxy.pullSecrets', 'secret', (item) => [text`--proxy-pull-secret=${item('')}`]),
  ...amountArguments('--proxy-requests', 'proxy.resources.requests'),
  ...amountArguments('--proxy-limits', 'proxy.resources.limits'),
  some(is(PROVISION, 'Nowhere'), '--gateways=nowhere'),
  GATEWAYS,
  some(given('revision'), text`--revision=${value('revision')}`),
  text`--log-level=${value('controlPlane.logLevel')}`,
  // the link that signs an administrator in is not for a pod's log
  '--quiet',
];

const CONTAINER: Part = {
  name: 'control-plane',
  image: imageOf('controlPlane'),
  imagePullPolicy: value('images.pullPolicy'),
  args: ARGUMENTS,
  ports: Object.entries(PORTS).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
  env: [
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    field('POD_IP', 'status.podIP'),
    // where the key of the data folder's seal is made
    { name: 'HOME', value: VOLUME },
    { name: 'TMPDIR', value: '/tmp' },
  ],
  resources: { requests: value('controlPlane.resources.requests'), limits: value('controlPlane.resources.limits') },
  startupProbe: probe('/livez', { periodSeconds: 1, failureThreshold: 120 }),
  // it is for what never comes back: a node that is busy for a minute is no reason to begin anew
  livenessProbe: probe('/livez', { periodSeconds: 20, failureThreshold: 6, timeoutSeconds: 10 }),
  readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 2, timeoutSeconds: 2 }),
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  volumeMounts: [
    { name: 'data', mountPath: VOLUME },
    { name: 'tmp', mountPath: '/tmp' },
    some(given(CLIENT_AUTHORITY), { name: 'webhook-clients', mountPath: CLIENT_FOLDER, readOnly: true }),
  ],
};

const APART: Part = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: SELECTOR } };

/** Replicas stand apart, so that one node or one zone takes away one of them. */
const PLACEMENT: Part = {
  affinity: {
    podAntiAffinity: choose(
      is('controlPlane.spread', 'Required'),
      { requiredDuringSchedulingIgnoredDuringExecution: [APART] },
      { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: APART }] },
    ),
  },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: SELECTOR } },
  ],
  nodeSelector: choose(filled('controlPlane.nodeSelector'), value('controlPlane.nodeSelector')),
  tolerations: choose(filled('controlPlane.tolerations'), value('controlPlane.tolerations')),
  priorityClassName: optional('controlPlane.priorityClassName'),
};

const CLAIMED = given('controlPlane.data.claim');

const VOLUMES: readonly Term[] = [
  choose(
    CLAIMED,
    { name: 'data', persistentVolumeClaim: { claimName: value('controlPlane.data.claim') } },
    { name: 'data', emptyDir: { sizeLimit: value('controlPlane.data.size') } },
  ),
  { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
  some(given(CLIENT_AUTHORITY), { name: 'webhook-clients', configMap: { name: value(CLIENT_AUTHORITY) } }),
];

/** The control plane's pods. They meet the Pod Security Standard "restricted". */
export const deployment: Term = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: ownName(), namespace: NAMESPACE, labels: LABELS },
  spec: {
    replicas: value('controlPlane.replicas'),
    selector: { matchLabels: SELECTOR },
    // A volume has one holder at a time; else a new replica serves before an old one ends.
    strategy: choose(CLAIMED, { type: 'Recreate' }, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }),
    template: {
      metadata: { labels: LABELS, annotations: { 'weft.dev/inject': 'disabled' } },
      spec: {
        serviceAccountName: ownName(),
        securityContext: {
          runAsNonRoot: true,
          runAsUser: CONTROL_PLANE_UID,
          runAsGroup: CONTROL_PLANE_UID,
          fsGroup: CONTROL_PLANE_UID,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        terminationGracePeriodSeconds: 30,
        imagePullSecrets: choose(filled('images.pullSecrets'), [each('images.pullSecrets', 'secret', (item) => [{ name: item('') }])]),
        containers: [CONTAINER],
        volumes: VOLUMES,
        ...PLACEMENT,
      },
    },
  },
};

/** Where proxies, the API server and people reach it. */
export const service: Term = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: ownName(), namespace: NAMESPACE, labels: LABELS },
  spec: {
    selector: SELECTOR,
    ports: [
      // Not HTTP to a mesh that would look into it: it has TLS of its own.
      { name: 'grpc-xds', port: PORTS.xds, targetPort: 'xds', appProtocol: 'tls' },
      { name: 'https-webhooks', port: 443, targetPort: 'webhooks', appProtocol: 'https' },
      { name: 'https-api', port: PORTS.api, targetPort: 'api', appProtocol: 'https' },
    ],
  },
};

/** No drain of a node takes the last replica away. */
export const disruptionBudget: Term = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: ownName(), namespace: NAMESPACE, labels: LABELS },
  spec: { maxUnavailable: 1, selector: { matchLabels: SELECTOR } },
};
