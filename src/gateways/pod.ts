// The pod of a Gateway's proxy: stock Envoy with its bootstrap in the arguments, by the rules of PodSecurity "restricted"
// (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
import { POD_ADDRESS_VARIABLE, POD_MEMORY_VARIABLE, PROXY_FOLDER, PROXY_UID, READY_PORT, TOKEN_FOLDER, TRUST_FOLDER } from '../compile/index.ts';

/** What the installation says of every Gateway; `parameters` of one are over it. */
export interface ProxySettings {
  /** weft/proxy, with a tag: a pull of `latest` would make two pods of one Deployment differ. */
  readonly image: string;
  readonly imagePullPolicy?: 'IfNotPresent' | 'Always' | 'Never';
  readonly imagePullSecrets?: readonly string[];
  /** Envoy's bootstrap, one line of JSON (compile's podBootstrap). */
  readonly bootstrap: string;
  readonly concurrency?: number;
  readonly cpu?: string;
  readonly memory?: string;
  /** Of the tokens that proxies sign in with. */
  readonly audience?: string;
  /** A revision of the control plane, which its proxies keep to (`weft.dev/rev`). */
  readonly revision?: string;
}

export interface PodParts {
  readonly settings: ProxySettings;
  readonly image: string;
  readonly concurrency: number;
  readonly resources: Readonly<Record<string, unknown>>;
  readonly priorityClassName?: string;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Which pods are those of the same Gateway. */
  readonly selector: Readonly<Record<string, string>>;
}

/** How long a pod that ends still takes connections, s: so long it takes until nobody sends it new ones. */
const LINGER_S = 10;
const GRACE_S = 30;
const TOKEN_S = 3600;

const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

function container({ settings, image, concurrency, resources }: PodParts) {
  const own = '$(POD_NAMESPACE)/$(POD_NAME)';
  const probe = { httpGet: { path: '/ready', port: READY_PORT }, timeoutSeconds: 3 };
  return {
    name: 'weft-proxy',
    image,
    imagePullPolicy: settings.imagePullPolicy ?? 'IfNotPresent',
    args: [
      ...['--config-yaml', settings.bootstrap, '--service-node', own, '--service-cluster', own],
      ...['--concurrency', String(concurrency), '--drain-time-s', '10', '--parent-shutdown-time-s', '15', '--disable-hot-restart', '--log-level', 'warning'],
    ],
    env: [
      field('POD_NAME', 'metadata.name'),
      field('POD_NAMESPACE', 'metadata.namespace'),
      field(POD_ADDRESS_VARIABLE, 'status.podIP'),
      { name: POD_MEMORY_VARIABLE, valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1' } } },
    ],
    ports: [{ name: 'ready', containerPort: READY_PORT, protocol: 'TCP' }],
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 600 },
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
    lifecycle: { preStop: { sleep: { seconds: LINGER_S } } },
    resources,
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: PROXY_UID,
      runAsGroup: PROXY_UID,
    },
    volumeMounts: [
      { name: 'weft-proxy', mountPath: PROXY_FOLDER },
      { name: 'weft-token', mountPath: TOKEN_FOLDER, readOnly: true },
      { name: 'weft-trust', mountPath: TRUST_FOLDER, readOnly: true },
    ],
  };
}

/** The template of a Deployment. */
export function podTemplate(parts: PodParts): Readonly<Record<string, unknown>> {
  const { settings, serviceAccount, labels, annotations, selector, priorityClassName } = parts;
  const token = { serviceAccountToken: { path: 'token', audience: settings.audience ?? 'weft', expirationSeconds: TOKEN_S } };
  return {
    metadata: { labels, annotations },
    spec: {
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: GRACE_S,
      ...(priorityClassName === undefined ? {} : { priorityClassName }),
      ...(settings.imagePullSecrets === undefined ? {} : { imagePullSecrets: settings.imagePullSecrets.map((name) => ({ name })) }),
      securityContext: {
        runAsNonRoot: true,
        fsGroup: PROXY_UID,
        seccompProfile: { type: 'RuntimeDefault' },
        // Listeners have the ports that their Gateway says, also those below 1024, without any capability.
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
      },
      topologySpreadConstraints: ['kubernetes.io/hostname', 'topology.kubernetes.io/zone'].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: selector },
      })),
      containers: [container(parts)],
      volumes: [
        { name: 'weft-proxy', emptyDir: {} },
        { name: 'weft-token', projected: { sources: [token] } },
        { name: 'weft-trust', configMap: { name: 'weft-trust' } },
      ],
    },
  };
}
