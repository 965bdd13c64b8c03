// M-10 and M-11 of what is rendered, whatever the values are.
import { describe, expect, test } from 'vitest';
import { type Manifest, manifests, type Rule, readValues } from './index.ts';

const VARIANTS: Readonly<Record<string, unknown>> = {
  defaults: {},
  revision: { revision: 'canary' },
  certificates: { secrets: [{ namespace: 'edge' }, { namespace: 'shop', names: ['web-tls'] }] },
  'gateways in one namespace': { gateways: { provision: ['edge'] } },
  'no gateways': { gateways: { provision: 'Nowhere' } },
  'agents of nodes': { injection: { interception: 'CNI' } },
  volume: { controlPlane: { replicas: 1, data: { claim: 'weft' } } },
};

function rendered(value: unknown): readonly Manifest[] {
  const values = readValues([{ from: 'test', value }]);
  if (!values.ok) throw new Error(JSON.stringify(values.error));
  return manifests({ values: values.value, version: '1.2.3' });
}

const rulesOf = (all: readonly Manifest[], kind: string): readonly Rule[] =>
  all.filter((each) => each.kind === kind).flatMap((each) => each['rules'] as Rule[]);

describe.each(Object.entries(VARIANTS))('rights with %s', (_name, value) => {
  const all = rendered(value);
  const rules = [...rulesOf(all, 'ClusterRole'), ...rulesOf(all, 'Role')];

  test('no wildcard, and no way to more rights', () => {
    expect(rules.length).toBeGreaterThan(8);
    for (const { apiGroups, resources, verbs } of rules) {
      expect([...apiGroups, ...resources, ...verbs]).not.toContain('*');
      for (const verb of ['escalate', 'bind', 'impersonate', 'approve', 'sign', 'deletecollection']) expect(verbs).not.toContain(verb);
      for (const resource of ['pods/exec', 'nodes/proxy', 'serviceaccounts/token', 'clusterroles', 'roles', 'rolebindings', 'clusterrolebindings'])
        expect(resources).not.toContain(resource);
    }
  });

  test('no Secret of the cluster, and of the own namespace two by their names', () => {
    for (const { resources } of rulesOf(all, 'ClusterRole')) expect(resources).not.toContain('secrets');
    const own = all.filter(({ kind, metadata }) => kind === 'Role' && metadata.namespace === 'weft-system').flatMap((each) => each['rules'] as Rule[]);
    for (const { resources, resourceNames, verbs } of own)
      if (resources.includes('secrets')) expect(verbs.join() === 'create' || resourceNames?.join() === 'weft-ca,weft-shared').toBe(true);
  });

  test('webhook configurations are written by name', () => {
    for (const { apiGroups, resourceNames } of rules) if (apiGroups.includes('admissionregistration.k8s.io')) expect(resourceNames?.length).toBe(2);
  });

  test('every binding is to the account that is made', () => {
    const accounts = all.filter(({ kind }) => kind === 'ServiceAccount').map(({ kind, metadata: { name, namespace } }) => ({ kind, name, namespace }));
    for (const each of all.filter(({ kind }) => kind.endsWith('Binding'))) expect(accounts.map((account) => [account])).toContainEqual(each['subjects']);
    for (const { namespace } of accounts) expect(['weft-system', 'weft-node']).toContain(namespace);
  });

  test('the pods meet the Pod Security Standard "restricted"', () => {
    const [deployment] = all.filter(({ kind }) => kind === 'Deployment');
    if (deployment === undefined) throw new Error('no Deployment');
    const { template } = deployment['spec'] as { template: { spec: Readonly<Record<string, unknown>> } };
    const { spec } = template;
    expect(spec['securityContext']).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers']) expect(spec[field]).toBeUndefined();
    for (const container of spec['containers'] as readonly Readonly<Record<string, unknown>>[])
      expect(container).toMatchObject({
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        resources: { requests: { cpu: expect.anything(), memory: expect.anything() }, limits: { memory: expect.anything() } },
        livenessProbe: expect.anything(),
        readinessProbe: expect.anything(),
      });
  });
});

test('the proxy of nodes has no right in the cluster and no token for its API server, and is root with nothing but what it takes to be somebody else', () => {
  const all = rendered({ node: { proxy: { enabled: true } } });
  expect(all.filter(({ kind, metadata }) => kind === 'DaemonSet' && metadata.namespace === 'weft-node').map(({ metadata }) => metadata.name)).toEqual([
    'weft-node',
    'weft-node-proxy',
  ]);
  expect(JSON.stringify(all.filter(({ kind }) => kind.endsWith('Binding')))).not.toContain('weft-node-proxy');
  const set = all.find(({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'weft-node-proxy');
  const { spec } = ((set?.['spec'] ?? {}) as { template: { spec: Readonly<Record<string, unknown>> } }).template;
  expect(spec).toMatchObject({ serviceAccountName: 'weft-node-proxy', automountServiceAccountToken: false });
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(spec[field]).toBeUndefined();
  const [container] = spec['containers'] as readonly { readonly args: readonly string[]; readonly command: readonly string[] }[];
  expect(container).toMatchObject({ securityContext: { privileged: false, capabilities: { drop: ['ALL'], add: ['SETGID', 'SETUID', 'SYS_ADMIN'] } } });
  expect(container?.command).toEqual(expect.arrayContaining(['--reuid=1337', '--ambient-caps=-all,+sys_admin']));
  expect(() => JSON.parse(container?.args[1] ?? '')).not.toThrow();
  expect(container?.args[1]).toContain('{"address":"weft.weft-system.svc","port_value":15012}');
});

test('the agent of nodes changes nothing in the cluster, reads no Secret, and has no right of the control plane’s', () => {
  const all = rendered({ injection: { interception: 'CNI' } });
  const own = all.filter(({ kind, metadata }) => kind.endsWith('Role') && metadata.name === 'weft-node').flatMap((each) => each['rules'] as Rule[]);
  expect(own.map(({ resources, verbs }) => `${resources.join()} ${verbs.join()}`)).toEqual(['pods get,list,watch', 'events create,patch', 'daemonsets get']);
  const [set] = all.filter(({ kind }) => kind === 'DaemonSet');
  if (set === undefined) throw new Error('no DaemonSet');
  const { spec } = (set['spec'] as { template: { spec: Readonly<Record<string, unknown>> } }).template;
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(spec[field]).toBeUndefined();
  const [container] = spec['containers'] as readonly Readonly<Record<string, unknown>>[];
  expect(container).toMatchObject({
    securityContext: { privileged: false, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'SYS_ADMIN', 'SYS_CHROOT'] } },
  });
  expect(container?.['volumeMounts']).toContainEqual({ name: 'host', mountPath: '/host', readOnly: true, mountPropagation: 'HostToContainer' });
  // and where nobody needs it, it is not there
  expect(rendered({}).filter(({ metadata }) => metadata.name === 'weft-node')).toEqual([]);
});

test('a revision shares no object with the one beside it but what there is one of', () => {
  const key = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
  const before = new Set(rendered({}).map(key));
  expect(
    rendered({ revision: 'canary' })
      .map(key)
      .filter((each) => before.has(each)),
  ).toEqual(['Namespace /weft-system', 'GatewayClass /weft']);
});

test('values that are wrong are diagnostics with a place', () => {
  const values = readValues([
    { from: 'a.yaml', value: { controlPlane: { replicaz: 3 } } },
    { from: 'b.yaml', value: { images: { proxy: { digest: 'sha256:1' } }, mesh: { outbound: { mode: 'Any' } } } },
  ]);
  expect(values.ok ? [] : values.error.map(({ code, at }) => [code, at.name, at.path])).toEqual([
    ['WEFT1204', 'b.yaml', 'images.proxy.digest'],
    ['WEFT1203', 'a.yaml', 'controlPlane.replicaz'],
  ]);
});

test('webhooks leave the cluster’s own namespaces alone, and answer soon or are not waited for', () => {
  interface Webhook {
    readonly failurePolicy: string;
    readonly timeoutSeconds: number;
    readonly matchConditions?: readonly { readonly expression: string }[];
    readonly namespaceSelector?: {
      readonly matchExpressions: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
    };
  }
  const of = (kind: string): readonly Webhook[] => rendered({}).flatMap((each) => (each.kind === kind ? (each['webhooks'] as Webhook[]) : []));
  const [mutating, validating] = [of('MutatingWebhookConfiguration'), of('ValidatingWebhookConfiguration')];
  expect(mutating.length * validating.length).toBeGreaterThan(0);
  for (const { timeoutSeconds, namespaceSelector } of mutating) {
    expect(timeoutSeconds).toBeLessThanOrEqual(5);
    const out = namespaceSelector?.matchExpressions.find(({ operator, key }) => operator === 'NotIn' && key === 'kubernetes.io/metadata.name');
    expect(out?.values).toEqual(expect.arrayContaining(['kube-system', 'weft-system']));
  }
  // an outage of ours holds up no document and no deletion, but policies for the whole mesh of who may not write them anyway
  const refusing = validating.filter(({ matchConditions = [] }) => matchConditions.some(({ expression }) => expression.startsWith('!authorizer.')));
  expect(refusing.map(({ failurePolicy }) => failurePolicy)).toEqual(['Fail']);
  for (const each of validating.filter((one) => !refusing.includes(one))) expect(each.failurePolicy).toBe('Ignore');
});
