// Shapes that pods of real charts have, put together of a table: what kind of pod it is, and what there is beside its application.

export type Part = Readonly<Record<string, unknown>>;

export interface Shape {
  readonly name: string;
  readonly pod: { readonly metadata: Part; readonly spec: Part };
}

const http = (path: string, port: number | string, more: Part = {}): Part => ({ httpGet: { path, port, ...more } });
const app = (more: Part = {}): Part => ({ name: 'app', image: 'registry.example.com/app:1.4.2', ports: [{ name: 'http', containerPort: 8080 }], ...more });
const secure: Part = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  runAsUser: 1000,
  seccompProfile: { type: 'RuntimeDefault' },
};
const some: Part = { cpu: '100m', memory: '128Mi' };
const claim: Part = { name: 'data', persistentVolumeClaim: { claimName: 'data' } };

/** Who makes the pod, and so what its metadata and its ending are. */
const MAKERS: Readonly<Record<string, { readonly metadata: Part; readonly spec: Part }>> = {
  deployment: { metadata: { generateName: 'web-6b7f9c-', labels: { app: 'web', 'pod-template-hash': '6b7f9c' } }, spec: {} },
  statefulset: {
    metadata: { name: 'db-0', labels: { app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-0' } },
    spec: { hostname: 'db-0', subdomain: 'db', terminationGracePeriodSeconds: 120 },
  },
  daemonset: {
    metadata: { generateName: 'agent-', labels: { app: 'agent' } },
    spec: { tolerations: [{ operator: 'Exists' }], priorityClassName: 'system-node-critical' },
  },
  job: {
    metadata: { generateName: 'migrate-', labels: { 'batch.kubernetes.io/job-name': 'migrate' } },
    spec: { restartPolicy: 'Never', activeDeadlineSeconds: 600 },
  },
  cronjob: {
    metadata: { generateName: 'nightly-28123-', annotations: { 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-11-22T00:00:00Z' } },
    spec: { restartPolicy: 'OnFailure' },
  },
  bare: { metadata: { name: 'debug', annotations: { 'kubectl.kubernetes.io/default-container': 'app' } }, spec: { restartPolicy: 'Never' } },
};

const container = (more: Part): { readonly spec: Part } => ({ spec: { containers: [app(more)] } });

interface Trait {
  readonly metadata?: Part;
  readonly spec: Part;
}

/** What there is to a pod, one thing at a time, as charts write it. */
export const TRAITS: Readonly<Record<string, Trait>> = {
  plain: container({}),
  'no ports': container({ ports: [] }),
  'many ports': container({ ports: Array.from({ length: 40 }, (_, at) => ({ name: `p${at}`, containerPort: 20_000 + at })) }),
  'udp and sctp': container({ ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 53 }, { containerPort: 3868, protocol: 'SCTP' }] }),
  'host port': container({ ports: [{ containerPort: 8080, hostPort: 18_080 }] }),
  'http probes': container({ livenessProbe: http('/healthz', 'http'), readinessProbe: http('/ready', 8080), startupProbe: http('/healthz', 'http', {}) }),
  'https probe': container({ readinessProbe: http('/healthz', 8443, { scheme: 'HTTPS' }) }),
  'probe with headers': container({
    readinessProbe: http('/', 8080, {
      httpHeaders: [
        { name: 'Host', value: 'web.example.com' },
        { name: 'X-Probe', value: '$(POD_IP) 50%' },
      ],
    }),
  }),
  'probe with query': container({ readinessProbe: http('/health?full=1&a=%20b', 8080) }),
  'tcp probes': container({ livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 20 }, readinessProbe: { tcpSocket: { port: 'http' } } }),
  'grpc probes': container({ readinessProbe: { grpc: { port: 9000 } }, livenessProbe: { grpc: { port: 9000, service: 'liveness' } } }),
  'exec probes': container({ livenessProbe: { exec: { command: ['cat', '/run/alive'] } } }),
  'probe of no port': container({ readinessProbe: http('/', 'metrics') }),
  'probe elsewhere': container({ readinessProbe: http('/', 80, { host: '192.0.2.10' }) }),
  'slow probe': container({ readinessProbe: { ...http('/', 8080), timeoutSeconds: 30, periodSeconds: 60, initialDelaySeconds: 90, failureThreshold: 10 } }),
  hooks: container({ lifecycle: { postStart: http('/warm', 8080), preStop: { exec: { command: ['sh', '-c', 'sleep 5'] } } } }),
  'http preStop': container({ lifecycle: { preStop: http('/quit', 'http') } }),
  'sleep preStop': container({ lifecycle: { preStop: { sleep: { seconds: 20 } } } }),
  'ends at once': { spec: { containers: [app()], terminationGracePeriodSeconds: 0 } },
  'init containers': {
    spec: {
      containers: [app()],
      initContainers: [
        { name: 'wait-for-db', image: 'busybox:1', command: ['sh', '-c', 'until nc -z db 5432; do sleep 1; done'] },
        { name: 'migrate', image: 'app:1' },
      ],
    },
  },
  'own sidecar': {
    spec: { containers: [app()], initContainers: [{ name: 'logs', image: 'fluent-bit:3', restartPolicy: 'Always', readinessProbe: http('/', 2020) }] },
  },
  'old sidecars': {
    spec: {
      containers: [
        app(),
        { name: 'nginx', image: 'nginx:1', ports: [{ containerPort: 80 }], livenessProbe: http('/', 80) },
        { name: 'exporter', image: 'exporter:1', ports: [{ name: 'metrics', containerPort: 9113 }] },
      ],
    },
  },
  'vault agent': {
    metadata: { annotations: { 'vault.hashicorp.com/agent-inject': 'true' } },
    spec: {
      containers: [app(), { name: 'vault-agent', image: 'vault:1' }],
      initContainers: [{ name: 'vault-agent-init', image: 'vault:1' }],
      volumes: [{ name: 'home-init', emptyDir: { medium: 'Memory' } }],
    },
  },
  'cloud sql proxy': { spec: { containers: [app(), { name: 'cloud-sql-proxy', image: 'cloud-sql-proxy:2', args: ['--port=5432'], securityContext: secure }] } },
  gpu: container({ resources: { limits: { 'nvidia.com/gpu': '1', memory: '16Gi' } } }),
  'huge pages': {
    spec: {
      containers: [app({ resources: { limits: { 'hugepages-2Mi': '64Mi', ...some }, requests: some } })],
      volumes: [{ name: 'huge', emptyDir: { medium: 'HugePages' } }],
    },
  },
  guaranteed: container({ resources: { limits: some, requests: some } }),
  burstable: container({ resources: { requests: some } }),
  'host path': {
    spec: { containers: [app({ volumeMounts: [{ name: 'logs', mountPath: '/var/log' }] })], volumes: [{ name: 'logs', hostPath: { path: '/var/log' } }] },
  },
  'many volumes': {
    spec: {
      containers: [app()],
      volumes: [
        claim,
        { name: 'config', configMap: { name: 'web', items: [{ key: 'a', path: 'a' }] } },
        { name: 'tls', secret: { secretName: 'tls', defaultMode: 256 } },
        { name: 'info', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        { name: 'all', projected: { sources: [{ secret: { name: 's' } }, { serviceAccountToken: { path: 't', audience: 'vault' } }] } },
        { name: 'csi', csi: { driver: 'secrets-store.csi.k8s.io', readOnly: true } },
        { name: 'own', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } },
      ],
    },
  },
  restricted: {
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 1000, fsGroup: 2000, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [app({ securityContext: secure })],
    },
  },
  privileged: container({ securityContext: { privileged: true } }),
  'root and capabilities': container({ securityContext: { runAsUser: 0, capabilities: { add: ['NET_ADMIN', 'SYS_TIME'] } } }),
  'se linux': {
    spec: {
      containers: [app()],
      securityContext: { seLinuxOptions: { level: 's0:c123,c456' }, supplementalGroups: [4000], fsGroupChangePolicy: 'OnRootMismatch' },
    },
  },
  sysctls: { spec: { containers: [app()], securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] } } },
  'app armor': { spec: { containers: [app({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } })] } },
  'user of the pod': { spec: { containers: [app()], securityContext: { runAsUser: 65_534, runAsGroup: 65_534 } } },
  'user namespace': { spec: { containers: [app()], hostUsers: false } },
  'shared processes': { spec: { containers: [app()], shareProcessNamespace: true } },
  'no token': { spec: { containers: [app()], automountServiceAccountToken: false, serviceAccountName: 'web' } },
  'host aliases': { spec: { containers: [app()], hostAliases: [{ ip: '127.0.0.1', hostnames: ['local.test'] }] } },
  'own dns': {
    spec: {
      containers: [app()],
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['192.0.2.53'], searches: ['example.com'], options: [{ name: 'ndots', value: '1' }] },
    },
  },
  placement: {
    spec: {
      containers: [app()],
      nodeSelector: { 'kubernetes.io/os': 'linux', disk: 'ssd' },
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } }],
        },
      },
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } },
      ],
    },
  },
  'readiness gates': { spec: { containers: [app()], readinessGates: [{ conditionType: 'target-health.example.com/web' }] } },
  'scheduling gates': { spec: { containers: [app()], schedulingGates: [{ name: 'example.com/quota' }] } },
  'pull secrets': { spec: { containers: [app({ imagePullPolicy: 'Always' })], imagePullSecrets: [{ name: 'registry' }] } },
  'long environment': container({
    env: Array.from({ length: 200 }, (_, at) => ({ name: `KEY_${at}`, value: `$(KEY_${at - 1}) "quoted" ${at}` })),
    envFrom: [{ configMapRef: { name: 'web' } }],
  }),
  'long arguments': container({ command: ['/bin/sh', '-c'], args: ['exec app --flag="$(POD)" \\\n --other'] }),
  tty: container({ stdin: true, tty: true, workingDir: '/work' }),
  'annotations of others': {
    metadata: { annotations: { 'prometheus.io/scrape': 'true', 'checksum/config': 'abc~1/def', 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' } },
    spec: { containers: [app()] },
  },
  'excluded ports': {
    metadata: {
      annotations: {
        'weft.dev/exclude-inbound-ports': '8080,9090',
        'weft.dev/exclude-outbound-ports': '5432',
        'weft.dev/exclude-outbound-cidrs': '10.0.0.0/8,fd00::/8',
      },
    },
    spec: { containers: [app({ readinessProbe: http('/', 8080) })] },
  },
  'large proxy': {
    metadata: {
      annotations: {
        'weft.dev/proxy-cpu': '1',
        'weft.dev/proxy-memory-limit': '2Gi',
        'weft.dev/proxy-concurrency': '8',
        'weft.dev/proxy-log-level': 'debug',
        'weft.dev/drain-seconds': '25',
      },
    },
    spec: { containers: [app()] },
  },
  'probes as written': {
    metadata: { annotations: { 'weft.dev/rewrite-probes': 'disabled' } },
    spec: { containers: [app({ readinessProbe: http('/', 8080) })] },
  },
  'typing error': { metadata: { annotations: { 'weft.dev/exclude-inbound': '9090' } }, spec: { containers: [app()] } },
  'bad value': { metadata: { annotations: { 'weft.dev/drain-seconds': 'a while' } }, spec: { containers: [app()] } },
  'opted out': { metadata: { labels: { 'weft.dev/inject': 'disabled' } }, spec: { containers: [app()] } },
  'host network': { spec: { containers: [app({ ports: [{ containerPort: 9100, hostPort: 9100 }] })], hostNetwork: true, hostPID: true } },
  windows: { spec: { containers: [app()], os: { name: 'windows' }, nodeSelector: { 'kubernetes.io/os': 'windows' } } },
  istio: {
    metadata: { annotations: { 'sidecar.istio.io/status': '{}' } },
    spec: {
      containers: [app(), { name: 'istio-proxy', image: 'proxyv2:1', securityContext: { runAsUser: 1337 } }],
      initContainers: [{ name: 'istio-init', image: 'proxyv2:1' }],
    },
  },
  linkerd: {
    spec: {
      containers: [app()],
      initContainers: [
        { name: 'linkerd-init', image: 'proxy-init:2' },
        { name: 'linkerd-proxy', image: 'proxy:2', restartPolicy: 'Always' },
      ],
    },
  },
  'the proxy’s user': container({ securityContext: { runAsUser: 1337 } }),
  'the proxy’s port': container({ ports: [{ containerPort: 15_001 }] }),
  'a gateway’s proxy': { metadata: { annotations: { 'weft.dev/proxy': 'gateway' } }, spec: { containers: [app()] } },
};

const merged = (metadata: Part, more: Part, field: string): Part =>
  more[field] === undefined ? {} : { [field]: { ...(metadata[field] as Part | undefined), ...(more[field] as Part) } };
const labelled = (metadata: Part, more: Part = {}): Part => ({ ...metadata, ...merged(metadata, more, 'labels'), ...merged(metadata, more, 'annotations') });

/** Every maker with every trait, as far as an API server takes it without a mesh. */
export function podShapes(): readonly Shape[] {
  return Object.entries(MAKERS).flatMap(([maker, base]) =>
    Object.entries(TRAITS).map(([trait, { metadata, spec }]) => ({
      name: `${maker}, ${trait}`,
      pod: { metadata: labelled(base.metadata, metadata), spec: { ...base.spec, ...spec } },
    })),
  );
}
