// Pods and documents at the door of a real API server, which asks the control plane's webhooks as they are installed. There are no nodes here: that
// what was injected runs is shown on the bed.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/bin/clock.ts';
import { tellMissed } from '../../src/bin/kubernetes/missed.ts';
import { openWebhooks, type RunningWebhooks } from '../../src/bin/webhooks/open.ts';
import { MUTATING, putWebhookTrust, VALIDATING, webhookNames } from '../../src/bin/webhooks/trust.ts';
import { Authority } from '../../src/identity/index.ts';
import { DEFAULT_SETTINGS, inject } from '../../src/inject/index.ts';
import { definitions, readValues, webhookConfigurations } from '../../src/install/index.ts';
import { KubeClient, type KubeObject, type ResourceType } from '../../src/kube/index.ts';
import { type Document, diagnostic, type Mesh, makeDocumentKey } from '../../src/model/index.ts';
import { hasKubeApi, KubeApi } from '../kit/kube-api.ts';
import { podShapes, type Shape } from '../kit/pod-shapes.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const core = (plural: string, kind: string, namespaced = true): ResourceType => ({ group: '', version: 'v1', plural, kind, namespaced });
const PODS = core('pods', 'Pod');
const NAMESPACES = core('namespaces', 'Namespace', false);
const ours = (plural: string, kind: string): ResourceType => ({ group: 'weft.dev', version: 'v1alpha1', plural, kind, namespaced: true });
const TIMEOUTS = ours('timeoutpolicies', 'TimeoutPolicy');
const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

const EVENTS: ResourceType = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };

const MESHED = { 'weft.dev/inject': 'enabled' };
const dry = { dryRun: true };

interface Pod extends KubeObject {
  readonly spec: { readonly initContainers?: readonly { readonly name: string }[] };
}

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('webhooks', () => {
  let api: KubeApi;
  let webhooks: RunningWebhooks;
  let authority: Authority;
  const folder = mkdtempSync(join(tmpdir(), 'weft-webhooks-'));
  const took: number[] = [];

  /** As installed, but for where they are: this machine is no Service. */
  async function install(only?: ResourceType): Promise<void> {
    const values = readValues([]);
    if (!values.ok) throw new Error(JSON.stringify(values));
    for (const configuration of webhookConfigurations({ values: values.value, version: '0.1.0' })) {
      const { webhooks: each, ...object } = JSON.parse(JSON.stringify(configuration)) as KubeObject & { readonly webhooks: readonly Record<string, unknown>[] };
      const here = each.map((webhook) => {
        const { service } = webhook['clientConfig'] as { readonly service: { readonly path: string } };
        return { ...webhook, clientConfig: { url: `https://127.0.0.1:${webhooks.port}${service.path}` } };
      });
      const type = object.kind === MUTATING.kind ? MUTATING : VALIDATING;
      if (only === undefined || only === type) await api.client.create(type, { ...object, webhooks: here });
    }
  }

  beforeAll(async () => {
    api = await KubeApi.start();
    authority = Authority.open({ directory: folder, trustDomain: 'cluster.local', clock: systemClock });
    webhooks = await openWebhooks({
      settings: { host: '127.0.0.1', port: 0, names: [], inject: { ...DEFAULT_SETTINGS, version: '0.1.0', image: 'weft/proxy:0.1.0' } },
      authority,
      store: { get: () => undefined },
      analyze: (documents) => async () =>
        documents.map(({ kind, metadata: { name, namespace } }) => diagnostic('WEFT1901', { kind, name, namespace, path: '' }, 'said of all together')),
      answered: (_, ms) => void took.push(ms),
      clock: systemClock,
      log: () => undefined,
    });
    await api.client.create(NAMESPACES, { metadata: { name: 'shop', labels: MESHED } });
    await install();
    await putWebhookTrust(api.client, webhookNames(''), authority.bundle());
    // Configurations come into force a moment after they are written.
    await eventually('the first pod is injected', async () => {
      const made = (await api.client.create(PODS, pod('shop'), dry)) as Pod;
      return made.spec.initContainers?.length === 2 ? true : undefined;
    });
  });
  afterAll(async () => {
    await webhooks?.[Symbol.asyncDispose]();
    await api?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const pod = (namespace: string, metadata: object = {}, spec: object = {}): KubeObject => ({
    metadata: { name: 'web', namespace, ...metadata },
    // Where no admission of Kubernetes gives pods their account.
    spec: { serviceAccountName: 'default', containers: [{ name: 'app', image: 'app:1' }], ...spec },
  });
  const refusal = (making: Promise<unknown>): Promise<string> =>
    making.then(
      () => 'let in',
      (error: unknown) => String(error),
    );

  test('the revision that is called default is the one without a name, of a namespace as of a pod', async () => {
    const rev = { 'weft.dev/rev': 'default' };
    await api.client.create(NAMESPACES, { metadata: { name: 'named', labels: { ...MESHED, ...rev } } });
    const containersOf = async (given: KubeObject) => ((await api.client.create(PODS, given, dry)) as Pod).spec.initContainers?.length ?? 0;
    await eventually('a namespace of revision default', async () => ((await containersOf(pod('named'))) === 2 ? true : undefined));
    expect(await containersOf(pod('shop', { labels: rev }))).toBe(2);
    expect(await containersOf(pod('default', { labels: { ...MESHED, ...rev } }))).toBe(2);
    // nobody is asked for it
    expect(await containersOf(pod('shop', { labels: { 'weft.dev/rev': 'nobody' } }))).toBe(0);
  });

  test('300 shapes of pods: the server takes what the webhook makes of them, and twice is once', async () => {
    const settings = { ...DEFAULT_SETTINGS, version: '0.1.0', image: 'weft/proxy:0.1.0' };
    const one = async ({ name, pod: shape }: Shape): Promise<void> => {
      const metadata = { ...shape.metadata, namespace: 'shop' } as unknown as KubeObject['metadata'];
      const meant = inject({ pod: shape, namespace: { name: 'shop', labels: MESHED }, settings });
      if (meant.kind === 'refused') {
        expect(await refusal(api.client.create(PODS, { metadata, spec: shape.spec }, dry)), name).toContain(
          meant.diagnostics.find(({ severity }) => severity === 'error')?.code,
        );
        return;
      }
      const spec = { serviceAccountName: 'default', ...shape.spec };
      const made = (await api.client.create(PODS, { metadata, spec }, dry)) as Pod;
      const names = (made.spec.initContainers ?? []).map((each) => each.name);
      expect(
        names.slice(0, 2).filter((each) => each.startsWith('weft-')),
        name,
      ).toEqual(meant.kind === 'injected' ? ['weft-init', 'weft-proxy'] : []);
      // The same for every maker (src/inject/shapes.test.ts), and each costs the server a request.
      if (!name.startsWith('deployment')) return;
      const again = (await api.client.create(PODS, { metadata: { ...metadata, ...labelsOf(made) }, spec: made.spec }, dry)) as Pod;
      expect(again.spec, name).toEqual(made.spec);
      expect(again.metadata.annotations, name).toEqual(made.metadata.annotations);
    };
    const shapes = [...podShapes()];
    const workers = Array.from({ length: 6 }, async () => {
      for (let shape = shapes.pop(); shape !== undefined; shape = shapes.pop()) await one(shape);
    });
    await Promise.all(workers);
  }, 120_000);
  const labelsOf = ({ metadata: { annotations } }: Pod): object => (annotations === undefined ? {} : { annotations });

  test('namespaces without the label, and those of Kubernetes, are not asked about', async () => {
    for (const namespace of ['default', 'kube-system']) {
      const made = (await api.client.create(PODS, pod(namespace), dry)) as Pod;
      expect(made.spec.initContainers, namespace).toBeUndefined();
    }
    const asked = (await api.client.create(PODS, pod('default', { labels: MESHED }), dry)) as Pod;
    expect(asked.spec.initContainers).toHaveLength(2);
    expect(await refusal(api.client.create(PODS, pod('default', { labels: MESHED }, { hostNetwork: true }), dry))).toContain('WEFT2423');
  });

  test.each(['baseline', 'restricted'])('PodSecurity %s refuses the init container, and nothing else that is injected', async (level) => {
    const labels = { 'pod-security.kubernetes.io/enforce': level };
    await api.client.create(NAMESPACES, { metadata: { name: level, labels } });
    const spec = {
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name: 'app', image: 'app:1', securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
    };
    const refused = await refusal(api.client.create(PODS, pod(level, { labels: MESHED }, spec), dry));
    expect(refused).toMatch(new RegExp(`violates PodSecurity "${level}:latest".*weft-init`));
    expect(refused).not.toContain('weft-proxy');
    const { pod: made } = inject({
      pod: { spec },
      namespace: { name: level, labels: MESHED },
      settings: { ...DEFAULT_SETTINGS, version: '0.1.0' },
    }) as unknown as { readonly pod: Pod };
    const [, ...rest] = made.spec.initContainers ?? [];
    const without = (await api.client.create(PODS, pod(level, {}, { ...made.spec, initContainers: rest }), dry)) as Pod;
    expect(without.spec.initContainers?.map(({ name }) => name)).toEqual(['weft-proxy']);
  });

  describe('documents', () => {
    beforeAll(async () => {
      for (const definition of definitions()) await api.client.create(DEFINITIONS, definition as unknown as KubeObject);
      await eventually('the definitions are served', async () =>
        (await refusal(api.client.create(TIMEOUTS, timeout({ request: '5s' }), dry))) === 'let in' ? true : undefined,
      );
    });
    const timeout = (spec: object, metadata: object = {}): KubeObject => ({
      metadata: { name: 'slow', namespace: 'shop', ...metadata },
      spec: { targetRefs: [{ kind: 'Service', name: 'web' }], ...spec },
    });
    const SLOW = { namespace: 'shop', name: 'slow' };

    test('a mistake is refused with its code, its place and what to do', async () => {
      const words = await refusal(api.client.create(TIMEOUTS, timeout({ requests: '5s' }), dry));
      expect(words).toMatch(/WEFT1203 spec\.requests: .*did you mean "request"/);
    });

    test('S-14 a policy for the whole mesh is for who may write the Mesh, and the API server itself knows who that is', async () => {
      const rbac = (plural: string, kind: string): ResourceType => ({ group: 'rbac.authorization.k8s.io', version: 'v1', plural, kind, namespaced: true });
      const rules = [{ apiGroups: ['weft.dev'], resources: ['timeoutpolicies'], verbs: ['*'] }];
      await api.client.create(rbac('roles', 'Role'), { metadata: { name: 'tenant', namespace: 'shop' }, rules } as KubeObject);
      await api.client.create(rbac('rolebindings', 'RoleBinding'), {
        metadata: { name: 'tenant', namespace: 'shop' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tenant' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody' }],
      } as KubeObject);
      using tenant = new KubeClient({ ...api.config, bearer: { kind: 'token', token: 'nobody-token' } });
      await eventually('the role', async () => ((await refusal(tenant.create(TIMEOUTS, timeout({ request: '5s' }), dry))) === 'let in' ? true : undefined));
      const wide = timeout({ request: '5s', targetRefs: [{ kind: 'Mesh', name: 'default' }] });
      expect(await refusal(tenant.create(TIMEOUTS, wide, dry))).toMatch(/the TimeoutPolicy is for the whole mesh .* update meshes\.weft\.dev "default"/);
      await api.client.create(TIMEOUTS, wide);
      expect(await refusal(tenant.merge(TIMEOUTS, SLOW, { spec: { request: '9s' } }))).toContain('is for the whole mesh');
      await tenant.merge(TIMEOUTS, SLOW, { metadata: { labels: { team: 'web' } } });
      await tenant.delete(TIMEOUTS, SLOW);
    });

    test('what was there with its mistake can be labelled, and goes; a new one does not come', async () => {
      await api.client.delete(VALIDATING, { name: webhookNames('').validating });
      const mistaken = timeout({ requests: '5s' }, { finalizers: ['example.com/hold'] });
      await eventually('nobody is asked', async () => ((await refusal(api.client.create(TIMEOUTS, mistaken, dry))) === 'let in' ? true : undefined));
      await api.client.create(TIMEOUTS, mistaken);
      await install(VALIDATING);
      await putWebhookTrust(api.client, webhookNames(''), authority.bundle());
      await eventually('it is refused again', async () =>
        (await refusal(api.client.create(TIMEOUTS, { ...mistaken, metadata: { ...mistaken.metadata, name: 'x' } }, dry))) === 'let in' ? undefined : true,
      );
      await api.client.merge(TIMEOUTS, SLOW, { metadata: { labels: { a: 'b' } } });
      expect(await refusal(api.client.merge(TIMEOUTS, SLOW, { spec: { requests: '6s' } }))).toContain('WEFT1203');
      await api.client.merge(TIMEOUTS, SLOW, { status: { conditions: [] } }, 'status');
      await api.client.delete(TIMEOUTS, SLOW);
      await api.client.merge(TIMEOUTS, SLOW, { metadata: { finalizers: [] } });
      expect(await api.client.get(TIMEOUTS, SLOW)).toBeUndefined();
    });
  });

  test('a pod that was missed is told of at the pod', async () => {
    const metadata = { name: 'missed', namespace: 'shop', uid: '7c1d', labels: {}, annotations: { 'weft.dev/source': 'kubernetes' } };
    const documents = new Map<string, unknown>([
      [makeDocumentKey('weft.dev', 'Workload', 'shop', 'missed'), { metadata, spec: { state: 'Ready' } }],
      [makeDocumentKey('', 'Namespace', '', 'shop'), { metadata: { name: 'shop', labels: MESHED, annotations: {} } }],
    ]);
    const mesh = { workloads: new Map([['shop/missed', { namespace: 'shop', name: 'missed' }]]) } as unknown as Mesh;
    const stop = new AbortController();
    const telling = tellMissed(
      { client: api.client, mesh: () => mesh, store: { get: (key) => documents.get(key) as Document }, times: { firstMs: 1, everyMs: 60_000 } },
      stop.signal,
    );
    const [event] = await eventually('an event', async () => {
      const { items } = await api.client.page(EVENTS, { namespace: 'shop' });
      return items.length === 0 ? undefined : items;
    });
    stop.abort();
    await telling;
    expect(event).toMatchObject({
      reason: 'NotMeshed',
      type: 'Warning',
      regarding: { kind: 'Pod', name: 'missed', uid: '7c1d' },
      note: expect.stringMatching(/^WEFT2430.*kubectl -n shop rollout restart$/),
    });
  });

  test('an answer about a pod is there in a moment', () => {
    const sorted = took.toSorted((a, b) => a - b);
    expect(sorted.length).toBeGreaterThan(300);
    console.info(
      `webhook: ${sorted.length} answers, p50 ${sorted[Math.floor(sorted.length / 2)]?.toFixed(2)} ms, p99 ${sorted[Math.floor(sorted.length * 0.99)]?.toFixed(2)} ms`,
    );
  });
});
