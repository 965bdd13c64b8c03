import { applyPatch } from 'rfc6902';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Injection, type InjectSettings, inject, strip } from './index.ts';

const SETTINGS: InjectSettings = { ...DEFAULT_SETTINGS, version: '0.1.0', image: 'weft/proxy:0.1.0' };
const MESHED = { name: 'shop', labels: { 'weft.dev/inject': 'enabled' } };

const ask = (pod: unknown, more: Partial<Parameters<typeof inject>[0]> = {}): Injection => inject({ pod, namespace: MESHED, settings: SETTINGS, ...more });
const app = (more: object = {}) => ({ name: 'app', image: 'app:1', ...more });
const pod = (spec: object = {}, metadata: object = {}) => ({ metadata: { generateName: 'web-7f-', ...metadata }, spec: { containers: [app()], ...spec } });
const annotated = (annotations: object, spec: object = {}) => pod(spec, { annotations });

interface Shown {
  readonly metadata: { readonly annotations: Record<string, string> };
  readonly spec: { readonly initContainers: readonly Record<string, unknown>[]; readonly containers: readonly Record<string, unknown>[] } & Record<
    string,
    unknown
  >;
}

function injected(value: unknown, more: Partial<Parameters<typeof inject>[0]> = {}): Shown {
  const result = ask(value, more);
  if (result.kind !== 'injected') throw new Error(JSON.stringify(result));
  return result.pod as unknown as Shown;
}

const codes = (result: Injection): readonly string[] => result.diagnostics.map(({ code, at }) => `${code} ${at.path}`);

describe('who gets a proxy', () => {
  test.each([
    ['kube-system', pod(), { namespace: { name: 'kube-system', labels: MESHED.labels } }, 'namespace kube-system belongs to Kubernetes itself'],
    ['the control plane', pod(), { namespace: { name: 'weft-system', labels: MESHED.labels } }, "namespace weft-system is the control plane's own"],
    ['no label', pod(), { namespace: { name: 'shop', labels: {} } }, 'namespace shop has no label weft.dev/inject: enabled'],
    ['a label that says no', pod({}, { labels: { 'weft.dev/inject': 'disabled' } }), {}, 'it says weft.dev/inject: disabled'],
    ['an annotation that says no', annotated({ 'weft.dev/inject': 'disabled' }), {}, 'it says weft.dev/inject: disabled'],
    ['a proxy of a Gateway', annotated({ 'weft.dev/proxy': 'gateway' }), {}, 'it is a proxy itself (weft.dev/proxy: gateway)'],
    ['another revision', pod(), { namespace: { name: 'shop', labels: { ...MESHED.labels, 'weft.dev/rev': 'next' } } }, 'it is for revision next'],
  ])('%s: none, and nothing changes', (_, given, more, why) => {
    expect(ask(given, more)).toMatchObject({ kind: 'left', why, patch: [], diagnostics: [] });
  });

  test('what was asked for by the namespace and cannot be is told; by the pod itself, refused', () => {
    const host = ask(pod({ hostNetwork: true }));
    expect(host).toMatchObject({ kind: 'left', patch: [{ op: 'add', path: '/metadata/annotations' }] });
    expect(codes(host)).toEqual(['WEFT2422 spec.hostNetwork']);
    const asked = ask(pod({ hostNetwork: true }, { labels: { 'weft.dev/inject': 'enabled' } }));
    expect([asked.kind, ...codes(asked)]).toEqual(['refused', 'WEFT2423 spec.hostNetwork']);
    expect(codes(ask(pod({ os: { name: 'windows' } })))).toEqual(['WEFT2422 spec.os']);
    expect(codes(ask(pod({ containers: [app(), { name: 'istio-proxy' }] })))).toEqual(['WEFT2422 spec.containers[1]']);
  });

  test('what would go around the proxy, or stand in its place, is refused', () => {
    const user = { securityContext: { runAsUser: 1337 } };
    expect(codes(ask(pod({ containers: [app(user)] })))).toEqual(['WEFT2425 spec.containers[0]']);
    expect(codes(ask(pod(user)))).toEqual(['WEFT2425 spec.containers[0]']);
    expect(codes(ask(pod({ ...user, containers: [app({ securityContext: { runAsUser: 1 } })] })))).toEqual([]);
    expect(codes(ask(pod({ containers: [app({ ports: [{ containerPort: 80 }, { containerPort: 15021 }] })] })))).toEqual([
      'WEFT2424 spec.containers[0].ports[1]',
    ]);
    expect(codes(ask(pod({ containers: [{ name: 'weft-proxy' }], volumes: [{ name: 'weft-run' }] })))).toEqual(['WEFT2426 spec', 'WEFT2426 spec.volumes']);
  });

  test('a namespace whose PodSecurity refuses the init container is named', () => {
    const labels = { ...MESHED.labels, 'pod-security.kubernetes.io/enforce': 'restricted' };
    expect(codes(ask(pod(), { namespace: { name: 'shop', labels } }))).toEqual(['WEFT2427 metadata.labels["pod-security.kubernetes.io/enforce"]']);
  });
});

describe('annotations', () => {
  test('each does what it says', () => {
    const made = injected(
      annotated({
        'weft.dev/exclude-inbound-ports': '9090, 9091',
        'weft.dev/exclude-outbound-cidrs': '169.254.169.254,fd00::/8',
        'weft.dev/proxy-memory-limit': '1Gi',
        'weft.dev/proxy-log-level': 'debug',
        'weft.dev/proxy-concurrency': '4',
        'weft.dev/drain-seconds': '0',
      }),
    );
    const [rules, proxy] = made.spec.initContainers;
    expect(String(rules?.['command'])).toContain('tcp dport { 15021, 9090, 9091 } return');
    expect(String(rules?.['command'])).toContain('ip daddr 169.254.169.254/32 return');
    expect(proxy?.['resources']).toMatchObject({ limits: { memory: '1Gi' } });
    expect(proxy?.['args']).toEqual(expect.arrayContaining(['debug', '4']));
    expect(made.spec['terminationGracePeriodSeconds']).toBeUndefined();
  });

  test('a value that means nothing refuses the pod, a name that means nothing is told', () => {
    const bad = ask(
      annotated({ 'weft.dev/exclude-inbound-ports': '80,http', 'weft.dev/proxy-cpu': 'a lot', 'weft.dev/exclude-outbound-cidrs': '10.0.0.0/33' }),
    );
    expect(bad.kind).toBe('refused');
    expect(bad.diagnostics.map(({ message }) => message)).toEqual([
      'expected a whole number from 1 to 65535, not "http"',
      'expected a quantity of Kubernetes like 100m or 64Mi, not "a lot"',
      'expected networks like 10.0.0.0/8, separated by commas, not "10.0.0.0/33"',
    ]);
    const unknown = ask(annotated({ 'weft.dev/exclude-inbound-port': '80' }));
    expect(unknown.kind).toBe('injected');
    expect(unknown.diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'WEFT2421 nothing reads the annotation weft.dev/exclude-inbound-port; did you mean weft.dev/exclude-inbound-ports?',
    ]);
    expect(codes(ask(pod({}, { labels: { 'weft.dev/inject': 'yes' } })))).toEqual(['WEFT2420 metadata.labels["weft.dev/inject"]']);
  });
});

describe('what is put in', () => {
  test('the proxy stands before every other init container, and the application keeps its own', () => {
    const made = injected(pod({ initContainers: [{ name: 'migrate' }] }));
    expect(made.spec.initContainers.map(({ name }) => name)).toEqual(['weft-init', 'weft-proxy', 'migrate']);
    expect(made.spec.initContainers[1]).toMatchObject({ restartPolicy: 'Always', securityContext: { runAsUser: 1337, capabilities: { drop: ['ALL'] } } });
    expect(made.metadata.annotations).toMatchObject({ 'weft.dev/proxy': 'sidecar' });
  });

  test('probes and hooks go to the proxy, with what the application is to see', () => {
    const container = app({
      ports: [{ name: 'http', containerPort: 8080 }],
      livenessProbe: { httpGet: { path: '/live', port: 'http', httpHeaders: [{ name: 'Host', value: 'a.example' }] }, periodSeconds: 3 },
      readinessProbe: { grpc: { port: 9000, service: 'shop' } },
      startupProbe: { exec: { command: ['true'] } },
      lifecycle: { preStop: { httpGet: { path: '/bye', port: 8080 } } },
    });
    const made = injected(pod({ containers: [container] }));
    expect(made.spec.containers[0]).toMatchObject({
      livenessProbe: {
        httpGet: { path: '/probe/app/livenessProbe', port: 15021, scheme: 'HTTP', httpHeaders: [{ name: 'Host', value: 'a.example' }] },
        periodSeconds: 3,
      },
      readinessProbe: { httpGet: { path: '/probe/app/readinessProbe', port: 15021 } },
      startupProbe: { exec: { command: ['true'] } },
      lifecycle: { preStop: { httpGet: { path: '/probe/app/preStop', port: 15021 } } },
    });
    expect(made.spec.containers[0]?.['readinessProbe']).not.toHaveProperty('grpc');
    const bootstrap = JSON.stringify(made.spec.initContainers[1]?.['args']).replaceAll('\\"', '"');
    expect(bootstrap).toContain('"host_rewrite_literal":"a.example"');
    expect(bootstrap).toContain('"service_name":"shop"');
  });

  test('a probe of a port that nobody has stays, and is told; one of another host, or of an excluded port, stays', () => {
    const result = ask(
      annotated(
        { 'weft.dev/exclude-inbound-ports': '9090' },
        {
          containers: [
            app({
              livenessProbe: { httpGet: { port: 'nope' } },
              readinessProbe: { tcpSocket: { port: 1, host: '192.0.2.1' } },
              startupProbe: { httpGet: { port: 9090 } },
            }),
          ],
        },
      ),
    );
    expect(codes(result)).toEqual(['WEFT2428 spec.containers[0].livenessProbe']);
    expect(JSON.stringify(result)).not.toContain('/probe/');
  });

  test('a pod of the class Guaranteed stays of it; one with resources as a whole gets none of ours', () => {
    const some = { cpu: '1', memory: '1Gi' };
    const [, proxy] = injected(pod({ containers: [app({ resources: { limits: some } })] })).spec.initContainers;
    expect(proxy?.['resources']).toEqual({ requests: { cpu: '500m', memory: '512Mi' }, limits: { cpu: '500m', memory: '512Mi' } });
    expect(injected(pod({ resources: { limits: some } })).spec.initContainers.map((each) => each['resources'])).toEqual([undefined, undefined]);
  });

  test('twice is once, an older one is replaced, and taken away is as before', () => {
    const given = pod(
      { containers: [app({ readinessProbe: { tcpSocket: { port: 80 } } })], terminationGracePeriodSeconds: 12, volumes: [{ name: 'mine' }] },
      { annotations: { mine: 'a' } },
    );
    const older = injected(given, { settings: { ...SETTINGS, version: '0.0.9', image: 'weft/proxy:0.0.9' } });
    const now = ask(older);
    expect(now).toMatchObject({ kind: 'injected', pod: injected(given) });
    const patched = structuredClone(older);
    if (now.kind === 'injected') expect(applyPatch(patched, structuredClone(now.patch) as never)).toEqual(now.patch.map(() => null));
    expect(patched).toEqual(injected(given));
    expect(ask(injected(given))).toMatchObject({ patch: [] });
    expect(strip(injected(given) as never)).toEqual(given);
    expect(strip(injected(pod()) as never)).toEqual(pod());
  });
});

test('Secrets for the proxy’s image are named beside the pod’s own, and taken away again', () => {
  const settings = { ...SETTINGS, pullSecrets: ['registry', 'own'] };
  const given = pod({ imagePullSecrets: [{ name: 'own' }] });
  const once = injected(given, { settings });
  expect(once.spec['imagePullSecrets']).toEqual([{ name: 'own' }, { name: 'registry' }]);
  expect(ask(once, { settings })).toMatchObject({ patch: [] });
  expect(strip(once as never)).toEqual(given);
  expect(strip(injected(pod(), { settings }) as never)).toEqual(pod());
});

test.each([
  undefined,
  null,
  7,
  'pod',
  [],
  {},
  { metadata: 1, spec: [] },
  { spec: { containers: [null, 3], initContainers: 'x' } },
  { metadata: { annotations: { 'weft.dev/injected': '{"before":{"handlers":7}}' } } },
])('whatever it is asked, it answers: %j', (given) => {
  expect(['injected', 'left', 'refused']).toContain(ask(given).kind);
});
