// Values that the Helm chart is compared with `weft install` for, and values that both refuse. Together they touch every value there is
// (test/contract/chart.test.ts says so when one is missing).
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** By what they are about. */
export const CHART_VALUES: Readonly<Record<string, unknown>> = {
  'nothing said': {},
  revision: { revision: 'canary' },
  'trust domain': { trustDomain: 'prod.example_1' },
  'images by tag': { images: { controlPlane: { repository: 'registry.example:5000/weft/cp', tag: '1.0' }, proxy: { repository: 'r/p', tag: '2.0' } } },
  'images by digest': { images: { controlPlane: { digest: DIGEST }, proxy: { tag: 'unused', digest: DIGEST } } },
  'pulling images': { images: { pullPolicy: 'Always', pullSecrets: ['a', 'b'] } },
  'one replica': { controlPlane: { replicas: 1 } },
  'nine replicas apart': { controlPlane: { replicas: 9, spread: 'Required' } },
  'amounts as numbers': { controlPlane: { resources: { requests: { cpu: 1, memory: 1_073_741_824 }, limits: { cpu: 4, memory: 134_217_728 } } } },
  'amounts as words': { controlPlane: { resources: { requests: { cpu: '0.5', 'ephemeral-storage': '1Gi' }, limits: { 'ephemeral-storage': '2Gi' } } } },
  'no limits': { controlPlane: { resources: { limits: { memory: null } } }, proxy: { resources: { limits: { memory: null } } } },
  'no requests': { controlPlane: { resources: { requests: { cpu: null, memory: null } } }, proxy: { resources: { requests: { cpu: null, memory: null } } } },
  'proxies’ amounts': {
    proxy: {
      resources: { requests: { cpu: 2, memory: 134_217_728, 'ephemeral-storage': '1Gi' }, limits: { cpu: '250m', memory: '1Gi', 'ephemeral-storage': 5 } },
    },
  },
  'pulling proxies': { proxy: { pullSecrets: ['registry', 'mirror.example'] } },
  'room for data': { controlPlane: { data: { size: '10Gi' } } },
  'room for data as a number': { controlPlane: { data: { size: 1_048_576 } } },
  'a volume': { controlPlane: { replicas: 1, data: { claim: 'weft-data' } } },
  nodes: { controlPlane: { nodeSelector: { 'kubernetes.io/os': 'linux', pool: 'on' }, priorityClassName: 'system-cluster-critical' } },
  taints: {
    controlPlane: {
      tolerations: [
        { key: 'a', operator: 'Exists' },
        { key: 'b', value: '1', tolerationSeconds: 30 },
      ],
    },
  },
  'a talkative log': { controlPlane: { logLevel: 'debug' } },
  'gateways nowhere': { gateways: { provision: 'Nowhere' } },
  'gateways in no namespace': { gateways: { provision: [] } },
  'gateways in two namespaces': { gateways: { className: 'edge', provision: ['edge', 'shop'] } },
  'names of a cluster of its own name, which the mesh answers, too': { clusterDomain: 'corp.local', injection: { names: 'Services' } },
  'failures let pass': { injection: { failurePolicy: 'Ignore' } },
  'agents of nodes': {
    injection: { interception: 'CNI' },
    images: { pullSecrets: ['a'] },
    node: {
      pullSecrets: ['registry'],
      cniBinDir: '/var/lib/cni/bin',
      cniConfDir: '/var/lib/rancher/k3s/agent/etc/cni/net.d',
      resources: { requests: { cpu: '10m', memory: 67_108_864, 'ephemeral-storage': '1Gi' }, limits: { cpu: 1, memory: '1Gi', 'ephemeral-storage': 5 } },
      nodeSelector: { pool: 'mesh' },
      logLevel: 'debug',
      proxy: {
        enabled: true,
        resources: { requests: { cpu: 1, memory: '1Gi', 'ephemeral-storage': 7 }, limits: { cpu: 2, memory: '2Gi', 'ephemeral-storage': '1Gi' } },
        concurrency: 4,
      },
    },
  },
  'API servers by certificate': { webhooks: { clientAuthority: 'api-servers', clientNames: ['kube-apiserver', 'system:apiserver'] } },
  'API servers by authority': { webhooks: { clientAuthority: 'api-servers' } },
  'Secrets of namespaces': { secrets: [{ namespace: 'edge' }, { namespace: 'shop', names: ['web-tls', 'api-tls'] }] },
  'a mesh document': { trustDomain: 'shop.example', mesh: { trustDomain: 'shop.example' } },
  'an empty mesh document': { mesh: {} },
  'everything of a revision': {
    revision: 'next',
    gateways: { className: 'weft-next', provision: ['edge'] },
    secrets: [{ namespace: 'edge', names: ['x'] }],
    images: { pullSecrets: ['registry'] },
    controlPlane: { data: { size: '1Gi' }, replicas: 3 },
    mesh: {},
  },
};

/** What Helm says of it stands in `words`. */
export const REFUSED_VALUES: Readonly<Record<string, { readonly value: unknown; readonly words: string }>> = {
  'an unknown value': { value: { replicas: 3 }, words: 'replicas' },
  'an unknown value below': { value: { controlPlane: { replica: 3 } }, words: 'replica' },
  'a wrong type': { value: { controlPlane: { replicas: 'two' } }, words: 'replicas' },
  'too many': { value: { controlPlane: { replicas: 10 } }, words: 'replicas' },
  'a word that is none of them': { value: { injection: { failurePolicy: 'Maybe' } }, words: 'failurePolicy' },
  'a name that is none': { value: { revision: 'Not A Label' }, words: 'revision' },
  'a volume of several': { value: { controlPlane: { data: { claim: 'x' }, replicas: 2 } }, words: 'WEFT2461' },
  'names of nobody': { value: { webhooks: { clientNames: ['x'] } }, words: 'WEFT2473' },
  'two trust domains': { value: { mesh: { trustDomain: 'other' } }, words: 'WEFT2463' },
  'a mesh that is none': { value: { mesh: { nothing: 1 } }, words: 'nothing' },
  'the namespace of nobody': { value: { namespace: 'kube-system' }, words: 'kube-system' },
};
