import { CONTROL_PLANE_UID, type Installation, imageName, labelsOf, type Manifest, named, PORTS, selectorOf } from './manifest.ts';

type Part = Readonly<Record<string, unknown>>;

const VOLUME = '/var/lib/weft';
/** The volume itself is root's, and may be written by all of the pod: the folder in it is the control plane's alone. */
const DATA = `${VOLUME}/data`;

/** The API answers to the name of this machine, and to no other that a browser could be lured with. */
const probe = (path: string, more: Part): Part => ({ httpGet: { path, port: 'api', httpHeaders: [{ name: 'Host', value: 'localhost' }] }, ...more });

const field = (name: string, fieldPath: string): Part => ({ name, valueFrom: { fieldRef: { fieldPath } } });

function gatewaysArgument(where: 'Everywhere' | 'Nowhere' | readonly string[]): readonly string[] {
  if (where === 'Everywhere') return [];
  return [`--gateways=${where === 'Nowhere' || where.length === 0 ? 'nowhere' : where.join(',')}`];
}

function amountsArgument(flag: string, amounts: Installation['values']['proxy']['resources']['requests']): readonly string[] {
  const said = Object.entries(amounts).flatMap(([resource, amount]) => (amount === undefined ? [] : [`${resource}=${amount}`]));
  return said.length === 0 ? [] : [`${flag}=${said.join(',')}`];
}

function argumentsOf(installation: Installation): readonly string[] {
  const { values, version } = installation;
  return [
    'up',
    '--kubernetes',
    `--data=${DATA}`,
    `--api=0.0.0.0:${PORTS.api}`,
    `--xds=0.0.0.0:${PORTS.xds}`,
    `--trust-domain=${values.trustDomain}`,
    `--webhooks=0.0.0.0:${PORTS.webhooks}`,
    `--proxy-image=${imageName(values.images.proxy, version)}`,
    `--proxy-pull-policy=${values.images.pullPolicy}`,
    ...amountsArgument('--proxy-requests', values.proxy.resources.requests),
    ...amountsArgument('--proxy-limits', values.proxy.resources.limits),
    ...gatewaysArgument(values.gateways.provision),
    ...(values.revision === undefined ? [] : [`--revision=${values.revision}`]),
    `--log-level=${values.controlPlane.logLevel}`,
    // the link that signs an administrator in is not for a pod's log
    '--quiet',
  ];
}

function container(installation: Installation): Part {
  const { values, version } = installation;
  return {
    name: 'control-plane',
    image: imageName(values.images.controlPlane, version),
    imagePullPolicy: values.images.pullPolicy,
    args: argumentsOf(installation),
    ports: Object.entries(PORTS).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' })),
    env: [
      field('POD_NAME', 'metadata.name'),
      field('POD_NAMESPACE', 'metadata.namespace'),
      field('POD_IP', 'status.podIP'),
      // where the key of the data folder's seal is made
      { name: 'HOME', value: VOLUME },
      { name: 'TMPDIR', value: '/tmp' },
    ],
    resources: values.controlPlane.resources,
    startupProbe: probe('/livez', { periodSeconds: 1, failureThreshold: 120 }),
    // it is for what never comes back: a node that is busy for a minute is no reason to begin anew
    livenessProbe: probe('/livez', { periodSeconds: 20, failureThreshold: 6, timeoutSeconds: 10 }),
    readinessProbe: probe('/readyz', { periodSeconds: 2, failureThreshold: 2, timeoutSeconds: 2 }),
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: [
      { name: 'data', mountPath: VOLUME },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}

/** Replicas stand apart, so that one node or one zone takes away one of them. */
function placement(installation: Installation): Part {
  const { spread, nodeSelector, tolerations, priorityClassName } = installation.values.controlPlane;
  const labelSelector = { matchLabels: selectorOf(installation) };
  const apart = { topologyKey: 'kubernetes.io/hostname', labelSelector };
  const podAntiAffinity =
    spread === 'Required'
      ? { requiredDuringSchedulingIgnoredDuringExecution: [apart] }
      : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }] };
  return {
    affinity: { podAntiAffinity },
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector }],
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(tolerations.length === 0 ? {} : { tolerations }),
    ...(priorityClassName === undefined ? {} : { priorityClassName }),
  };
}

function volumes({ values }: Installation): readonly Part[] {
  const { claim, size } = values.controlPlane.data;
  return [
    claim === undefined ? { name: 'data', emptyDir: { sizeLimit: size } } : { name: 'data', persistentVolumeClaim: { claimName: claim } },
    { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
  ];
}

/** The control plane's pods. They meet the Pod Security Standard "restricted". */
export function deployment(installation: Installation): Manifest {
  const { values } = installation;
  const claimed = values.controlPlane.data.claim !== undefined;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: named(installation), namespace: values.namespace, labels: labelsOf(installation) },
    spec: {
      replicas: values.controlPlane.replicas,
      selector: { matchLabels: selectorOf(installation) },
      // A volume has one holder at a time; else a new replica serves before an old one ends.
      strategy: claimed ? { type: 'Recreate' } : { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: {
        metadata: { labels: labelsOf(installation), annotations: { 'weft.dev/inject': 'disabled' } },
        spec: {
          serviceAccountName: named(installation),
          securityContext: {
            runAsNonRoot: true,
            runAsUser: CONTROL_PLANE_UID,
            runAsGroup: CONTROL_PLANE_UID,
            fsGroup: CONTROL_PLANE_UID,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          terminationGracePeriodSeconds: 30,
          ...(values.images.pullSecrets.length === 0 ? {} : { imagePullSecrets: values.images.pullSecrets.map((name) => ({ name })) }),
          containers: [container(installation)],
          volumes: volumes(installation),
          ...placement(installation),
        },
      },
    },
  };
}

/** Where proxies, the API server and people reach it. */
export function service(installation: Installation): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: named(installation), namespace: installation.values.namespace, labels: labelsOf(installation) },
    spec: {
      selector: selectorOf(installation),
      ports: [
        // Not HTTP to a mesh that would look into it: it has TLS of its own.
        { name: 'grpc-xds', port: PORTS.xds, targetPort: 'xds', appProtocol: 'tls' },
        { name: 'https-webhooks', port: 443, targetPort: 'webhooks', appProtocol: 'https' },
        { name: 'https-api', port: PORTS.api, targetPort: 'api', appProtocol: 'https' },
      ],
    },
  };
}

/** No drain of a node takes the last replica away. */
export function disruptionBudget(installation: Installation): Manifest {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: named(installation), namespace: installation.values.namespace, labels: labelsOf(installation) },
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(installation) } },
  };
}
