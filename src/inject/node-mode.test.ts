import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type InjectSettings, inject, namespaceFindings, strip } from './index.ts';

const SETTINGS: InjectSettings = { ...DEFAULT_SETTINGS, version: '0.1.0', node: { image: 'weft/control-plane:0.1.0' } };
const NODE = { name: 'shop', labels: { 'weft.dev/inject': 'enabled', 'weft.dev/proxy': 'node' } };
const SIDECARS = { name: 'shop', labels: { 'weft.dev/inject': 'enabled' } };
const PROBE = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 3 };

const pod = (metadata: object = {}, spec: object = {}) => ({
  metadata,
  spec: { containers: [{ name: 'app', image: 'app:1', ports: [{ name: 'http', containerPort: 8080 }], livenessProbe: PROBE }], ...spec },
});
const ask = (given: unknown, namespace: { name: string; labels: Record<string, string> } = NODE, settings = SETTINGS) =>
  inject({ pod: given, namespace, settings });

interface Shown {
  readonly metadata: { readonly annotations: Record<string, string> };
  readonly spec: {
    readonly initContainers: readonly { readonly name: string; readonly securityContext: object }[];
    readonly containers: readonly object[];
    readonly volumes?: unknown;
  };
}

function injected(given: unknown, namespace = NODE as typeof SIDECARS): Shown {
  const result = ask(given, namespace);
  if (result.kind !== 'injected') throw new Error(JSON.stringify(result));
  return result.pod as unknown as Shown;
}

const said = (given: unknown, namespace?: typeof SIDECARS, settings?: InjectSettings) => {
  const result = ask(given, namespace, settings);
  return [result.kind, ...result.diagnostics.map(({ code, at }) => `${code} ${at.path}`)];
};

test('a pod that its node serves has no proxy, no volume and no privilege; it waits, and its probes are the proxy’s to answer', () => {
  const made = injected(pod());
  expect(made.metadata.annotations).toMatchObject({ 'weft.dev/proxy': 'node', 'weft.dev/cni': 'node' });
  expect(JSON.parse(made.metadata.annotations['weft.dev/probes'] ?? '')).toEqual([
    { kind: 'http', targetPath: '/healthz', path: '/probe/app/livenessProbe', port: 8080, timeoutMs: 1000, periodMs: 3000 },
  ]);
  expect(made.spec.initContainers.map(({ name }) => name)).toEqual(['weft-wait']);
  expect(made.spec.initContainers[0]?.securityContext).toMatchObject({ runAsNonRoot: true, capabilities: { drop: ['ALL'] }, allowPrivilegeEscalation: false });
  expect(made.spec.containers[0]).toMatchObject({ livenessProbe: { httpGet: { path: '/probe/app/livenessProbe', port: 15021 }, periodSeconds: 3 } });
  expect(made.spec.volumes).toBeUndefined();
});

test('twice is once, taken back is as it was, and the other way may be chosen afterwards', () => {
  const made = injected(pod());
  expect(ask(made)).toMatchObject({ kind: 'injected', patch: [] });
  expect(strip(made as unknown as Parameters<typeof strip>[0])).toEqual(pod());
  expect(injected(made, SIDECARS).spec.initContainers.map(({ name }) => name)).toEqual(['weft-init', 'weft-proxy']);
  expect(injected(made, SIDECARS).metadata.annotations).not.toHaveProperty('weft.dev/probes');
});

test('the pod decides before its namespace, by a label or an annotation', () => {
  const names = (metadata: object, namespace = NODE as typeof SIDECARS) => injected(pod(metadata), namespace).spec.initContainers.map(({ name }) => name);
  expect(names({ labels: { 'weft.dev/proxy': 'sidecar' } })).toEqual(['weft-init', 'weft-proxy']);
  expect(names({ labels: { 'weft.dev/proxy': 'node' } }, SIDECARS)).toEqual(['weft-wait']);
  expect(names({ annotations: { 'weft.dev/proxy': 'node' } }, SIDECARS)).toEqual(['weft-wait']);
  expect(said(pod({ labels: { 'weft.dev/proxy': 'nodes' } }))).toEqual(['refused', 'WEFT2420 metadata.labels["weft.dev/proxy"]']);
  expect(said(pod({ annotations: { 'weft.dev/proxy': 'node-proxy' } }))).toEqual(['left']);
});

test('what would not work is refused, and what is not read is said', () => {
  const { node: _, ...without } = SETTINGS;
  expect(said(pod(), NODE, without)).toEqual(['refused', 'WEFT2486 metadata.labels["weft.dev/proxy"]']);
  expect(said(pod({ annotations: { 'weft.dev/proxy-memory': '64Mi', 'weft.dev/names': 'all' } }))).toEqual([
    'injected',
    'WEFT2487 metadata.annotations["weft.dev/proxy-memory"]',
  ]);
  expect(said(pod({}, { hostNetwork: true }))).toEqual(['left', 'WEFT2422 spec.hostNetwork']);
  const own = { securityContext: { runAsUser: 1337 } };
  expect(said(pod({}, own))).toEqual(['refused', 'WEFT2425 spec.containers[0]']);
});

test('a namespace may enforce restricted; one that says which proxy and not that there is one is told', () => {
  const codes = (labels: Record<string, string>) => namespaceFindings({ name: 'shop', labels }).map(({ code }) => code);
  const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  expect(codes({ ...NODE.labels, ...restricted })).toEqual([]);
  expect(codes({ ...SIDECARS.labels, ...restricted })).toEqual(['WEFT2427']);
  expect(codes({ 'weft.dev/proxy': 'node' })).toEqual(['WEFT2485']);
  expect(codes({ ...SIDECARS.labels, 'weft.dev/proxy': 'yes' })).toEqual(['WEFT2485']);
});
