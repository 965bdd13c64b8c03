// The proxy of each node, for pods that chose it (docs/node-mode.md). It is no part of the agent's pod: it has no right in the cluster, not even a token for the API
// server, and is updated by itself. One in a cluster, as the agents are.
import { POD_MEMORY_VARIABLE, PROXY_UID, podBootstrap } from '../compile/index.ts';
import { POD_NAMESPACES } from '../model/index.ts';
import { imageOf, NAMESPACE, ownName, PORTS } from './manifest.ts';
import { AGENT } from './node-agent.ts';
import { nodeSecurity } from './node-security.ts';
import { choose, each, filled, is, number, over, some, type Term, text, VERSION, value } from './terms/index.ts';

type Part = Readonly<Record<string, Term>>;

/** Its account and its DaemonSet. */
export const NODE_PROXY = 'weft-node-proxy';
const NAMESPACES = '/run/netns';

const SELECTOR = { 'app.kubernetes.io/name': 'weft', 'app.kubernetes.io/component': 'node-proxy' };
const LABELS: Part = { ...SELECTOR, 'app.kubernetes.io/part-of': 'weft', 'app.kubernetes.io/version': VERSION };
const metadata = { name: NODE_PROXY, namespace: AGENT, labels: LABELS };

const field = (name: string, fieldPath: string): Part => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** Stands in the bootstrap for what is known when values are. */
const CONTROL_PLANE = 'control-plane.invalid:1';

function bootstrap(): Term {
  const [before = '', after = ''] = podBootstrap({ xdsAddress: CONTROL_PLANE }).split(JSON.stringify({ address: 'control-plane.invalid', port_value: 1 }));
  return text`${before}{"address":"${ownName()}.${NAMESPACE}.svc","port_value":${String(PORTS.xds)}}${after}`;
}

const READY = { httpGet: { path: '/ready', port: 15_021 } };

/**
 * Envoy is user 1337, whom the rules in pods leave alone, with CAP_SYS_ADMIN, by which it enters their namespaces, and nothing else. Kubernetes gives capabilities
 * to root only: so setpriv is root, and becomes that user before Envoy is there.
 */
const BECOME: readonly string[] = [
  '/usr/sbin/setpriv',
  `--reuid=${PROXY_UID}`,
  `--regid=${PROXY_UID}`,
  '--clear-groups',
  '--inh-caps=-all,+sys_admin',
  '--ambient-caps=-all,+sys_admin',
  '/usr/local/bin/envoy',
];

const SECURITY = nodeSecurity(['SETGID', 'SETUID', 'SYS_ADMIN']);

const who = '$(POD_NAMESPACE)/$(POD_NAME)';

const CONTAINER: Part = {
  name: 'proxy',
  image: imageOf('proxy'),
  imagePullPolicy: value('images.pullPolicy'),
  command: BECOME,
  args: [
    '--config-yaml',
    bootstrap(),
    '--service-node',
    who,
    '--service-cluster',
    who,
    '--concurrency',
    text`${number('node.proxy.concurrency')}`,
    '--log-level',
    'warning',
    '--disable-hot-restart',
  ],
  env: [
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    { name: POD_MEMORY_VARIABLE, valueFrom: { resourceFieldRef: { resource: 'limits.memory', divisor: '1' } } },
  ],
  resources: { requests: value('node.proxy.resources.requests'), limits: value('node.proxy.resources.limits') },
  startupProbe: { ...READY, periodSeconds: 1, timeoutSeconds: 2, failureThreshold: 600 },
  readinessProbe: { ...READY, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
  securityContext: SECURITY,
  volumeMounts: [
    { name: 'run', mountPath: '/var/lib/weft' },
    { name: 'token', mountPath: '/var/run/secrets/weft', readOnly: true },
    { name: 'trust', mountPath: '/etc/weft/trust', readOnly: true },
    { name: 'namespaces', mountPath: NAMESPACES, readOnly: true, mountPropagation: 'HostToContainer' },
    { name: 'pods', mountPath: POD_NAMESPACES, readOnly: true },
  ],
  terminationMessagePolicy: 'FallbackToLogsOnError',
};

const VOLUMES: readonly Term[] = [
  { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
  { name: 'token', projected: { sources: [{ serviceAccountToken: { audience: 'weft', expirationSeconds: 3600, path: 'token' } }] } },
  { name: 'trust', configMap: { name: 'weft-trust' } },
  { name: 'namespaces', hostPath: { path: NAMESPACES, type: 'DirectoryOrCreate' } },
  { name: 'pods', hostPath: { path: POD_NAMESPACES, type: 'DirectoryOrCreate' } },
];

const DAEMON_SET: Part = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata,
  spec: {
    selector: { matchLabels: SELECTOR },
    // The next one serves before this one ends.
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels: LABELS, annotations: { 'weft.dev/inject': 'disabled', 'weft.dev/proxy': 'node-proxy' } },
      spec: {
        serviceAccountName: NODE_PROXY,
        automountServiceAccountToken: false,
        // the token is for this group to read, where containers begin as root
        securityContext: { fsGroup: PROXY_UID },
        priorityClassName: 'system-node-critical',
        tolerations: [{ operator: 'Exists' }],
        nodeSelector: over('node.nodeSelector', { 'kubernetes.io/os': 'linux' }),
        terminationGracePeriodSeconds: 30,
        imagePullSecrets: choose(filled('images.pullSecrets'), [each('images.pullSecrets', 'secret', (item) => [{ name: item('') }])]),
        containers: [CONTAINER],
        volumes: VOLUMES,
      },
    },
  },
};

/** Nothing unless nodes are to have proxies. */
export const nodeProxyTerms = (): readonly Term[] => [
  some(is('node.proxy.enabled', 'true'), { apiVersion: 'v1', kind: 'ServiceAccount', metadata, automountServiceAccountToken: false }, DAEMON_SET),
];
