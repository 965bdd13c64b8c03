// The agent of each node, where something needs one. It stands in a namespace of its own, for it is the only part that the Pod Security Standard
// "restricted" does not allow; there is one in a cluster, whatever revisions of the control plane there are.
import { imageOf } from './manifest.ts';
import { nodeSecurity } from './node-security.ts';
import { type Condition, choose, each, either, filled, is, over, some, type Term, text, VERSION, value } from './terms/index.ts';

type Part = Readonly<Record<string, Term>>;

/** Its namespace, its account and its DaemonSet. */
export const AGENT = 'weft-node';
const PORT = 15_080;
const RUN = '/run/weft';

/** What has an agent on each node. */
export const NEEDED: Condition = either(is('injection.interception', 'CNI'), is('node.proxy.enabled', 'true'));

const SELECTOR = { 'app.kubernetes.io/name': 'weft', 'app.kubernetes.io/component': 'node' };
const LABELS: Part = { ...SELECTOR, 'app.kubernetes.io/part-of': 'weft', 'app.kubernetes.io/version': VERSION };

const NAMESPACE: Part = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: AGENT,
    labels: {
      ...LABELS,
      'weft.dev/inject': 'disabled',
      ...Object.fromEntries(['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'privileged'])),
    },
  },
};

const RBAC = 'rbac.authorization.k8s.io/v1';

/** Cluster-wide where it has no namespace. */
function granted(rules: readonly Part[], namespace?: string): readonly Part[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const metadata = { name: AGENT, ...(namespace === undefined ? {} : { namespace }), labels: LABELS };
  const subjects = [{ kind: 'ServiceAccount', name: AGENT, namespace: AGENT }];
  return [
    { apiVersion: RBAC, kind, metadata, rules },
    { apiVersion: RBAC, kind: `${kind}Binding`, metadata, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: AGENT }, subjects },
  ];
}

/** It reads pods, tells of them in events, and asks whether it is still wanted. It changes nothing, and no Secret is its business. */
const RIGHTS: readonly Part[] = [
  ...granted([
    { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  ]),
  ...granted([{ apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: [AGENT], verbs: ['get'] }], AGENT),
];

const BIN = value('node.cniBinDir');
const CONF = value('node.cniConfDir');

const hostPath = (name: string, path: Term, type: string): Part => ({ name, hostPath: { path, type } });
const mount = (name: string, mountPath: Term, more: Part = {}): Part => ({ name, mountPath, ...more });
const field = (name: string, fieldPath: string): Part => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const probe = (more: Part): Part => ({ httpGet: { path: '/readyz', port: 'readiness' }, ...more });

/**
 * Root without most of what root may do: it enters network namespaces (SYS_ADMIN), writes rules there (NET_ADMIN), and tries the plugin in the root of the
 * host (SYS_CHROOT). Namespaces of pods that are made later are seen under /host only when mounts are passed on.
 */
const SECURITY = nodeSecurity(['NET_ADMIN', 'SYS_ADMIN', 'SYS_CHROOT']);

const CONTAINER: Part = {
  name: 'agent',
  image: imageOf('controlPlane'),
  imagePullPolicy: value('images.pullPolicy'),
  args: ['node', '--kubernetes', text`--cni-bin=${BIN}`, text`--cni-conf=${CONF}`, '--host-root=/host', text`--log-level=${value('node.logLevel')}`],
  ports: [{ name: 'readiness', containerPort: PORT, protocol: 'TCP' }],
  env: [
    field('NODE_NAME', 'spec.nodeName'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    { name: 'HOME', value: '/tmp' },
    { name: 'PATH', value: '/usr/local/bin:/usr/sbin:/usr/bin' },
  ],
  resources: { requests: value('node.resources.requests'), limits: value('node.resources.limits') },
  startupProbe: probe({ periodSeconds: 1, failureThreshold: 600 }),
  readinessProbe: probe({ periodSeconds: 5, failureThreshold: 3 }),
  livenessProbe: { httpGet: { path: '/livez', port: 'readiness' }, periodSeconds: 20, failureThreshold: 6, timeoutSeconds: 10 },
  securityContext: SECURITY,
  volumeMounts: [
    mount('host', '/host', { readOnly: true, mountPropagation: 'HostToContainer' }),
    mount('plugins', BIN),
    mount('configurations', CONF),
    mount('run', RUN),
    mount('tmp', '/tmp'),
  ],
  terminationMessagePolicy: 'FallbackToLogsOnError',
};

const DAEMON_SET: Part = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: AGENT, namespace: AGENT, labels: LABELS },
  spec: {
    selector: { matchLabels: SELECTOR },
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
    template: {
      metadata: { labels: LABELS, annotations: { 'weft.dev/inject': 'disabled' } },
      spec: {
        serviceAccountName: AGENT,
        // a node without it starts no pod of the mesh
        priorityClassName: 'system-node-critical',
        tolerations: [{ operator: 'Exists' }],
        nodeSelector: over('node.nodeSelector', { 'kubernetes.io/os': 'linux' }),
        terminationGracePeriodSeconds: 30,
        imagePullSecrets: choose(filled('images.pullSecrets'), [each('images.pullSecrets', 'secret', (item) => [{ name: item('') }])]),
        containers: [CONTAINER],
        volumes: [
          hostPath('host', '/', 'Directory'),
          hostPath('plugins', BIN, 'DirectoryOrCreate'),
          hostPath('configurations', CONF, 'DirectoryOrCreate'),
          hostPath('run', RUN, 'DirectoryOrCreate'),
          { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
        ],
      },
    },
  },
};

/** Nothing where nothing needs it. */
export const nodeAgentTerms = (): readonly Term[] => [
  some(NEEDED, NAMESPACE, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: AGENT, namespace: AGENT, labels: LABELS } }, ...RIGHTS, DAEMON_SET),
];
