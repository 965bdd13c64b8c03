// The whole story in a cluster of its own: install, label, deploy, and what holds while things are changed and ended.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyAll, hasBed, kubectl, kubectlWith, rolledOut, stopApiServer, told, weft } from '../../kit/bed.ts';
import { captured } from '../../kit/bed-capture.ts';
import { nodesAre, silenceNodes } from '../../kit/bed-nodes.ts';
import { Caller, deployed } from '../../kit/bed-shop.ts';
import { needs } from '../../kit/require.ts';
import { eventually } from '../../kit/shop.ts';

const [SHOP, PLAIN] = ['story-shop', 'story-plain'];
/** How long the API server is away; ten minutes show no more than half a one, but may be asked for. */
const AWAY_S = Number(process.env['WEFT_API_AWAY_S'] ?? 30);
const VALUES = ['--set', 'images.pullPolicy=Never', '--set', 'injection.names=Services', '--set', 'controlPlane.resources.requests.cpu=200m'];
const SERVER = `http://server.${SHOP}/`;

const namespace = (name: string, labels: object = {}) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
const policy = (kind: string, name: string, spec: object) => ({ apiVersion: 'weft.dev/v1alpha1', kind, metadata: { name, namespace: SHOP }, spec });
const target = { targetRefs: [{ kind: 'Service', name: 'server' }] };
const FAULT = { ...target, for: '10m', faults: [{ abort: { status: 418 } }] };
/** A minute, on a machine that has other things to do. */
const TRIES = 1200;

async function json<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await kubectl(...args, '-o', 'json')) as T;
}

interface Pod {
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: { readonly initContainers?: readonly { readonly name: string }[] };
  readonly status: { readonly podIP: string };
}
const pods = async (where: string, app: string) => (await json<{ items: readonly Pod[] }>('-n', where, 'get', 'pods', '-l', `app=${app}`)).items;
const names = (all: readonly Pod[]) => all.map(({ metadata }) => metadata.name).sort();

/** As a user does it; at the end API servers trust the webhooks. */
async function installed(): Promise<void> {
  kubectlWith(weft('install', '--crds-only').stdout, 'apply', '-f', '-');
  kubectlWith(weft('install', '--no-crds', ...VALUES).stdout, 'apply', '-f', '-');
  await rolledOut('weft-system', 'deployment/weft');
  await eventually(
    'the webhooks have their trust anchors',
    async () => {
      const bundle = await kubectl('get', 'mutatingwebhookconfiguration', 'weft-inject', '-o', 'jsonpath={.webhooks[*].clientConfig.caBundle}');
      return bundle !== '' || undefined;
    },
    TRIES,
  );
}

describe.skipIf(needs('bed', hasBed).skip)('the story', () => {
  let caller: Caller;

  const becomes = (status: number, headers: Readonly<Record<string, string>> = {}) =>
    eventually(`${status}`, async () => ((await caller.get(SERVER, headers)).status === status ? true : undefined), TRIES);

  beforeAll(async () => {
    const there = await kubectl('get', 'customresourcedefinition', 'gateways.gateway.networking.k8s.io', '--ignore-not-found', '-o', 'name');
    if (there === '') await kubectl('apply', '--server-side', '-f', join(process.env['BED_BIN'] ?? '', 'gateway-api-standard.yaml'));
  });
  afterAll(() => kubectl('delete', 'namespace', SHOP, PLAIN, '--ignore-not-found', '--wait=false'));

  test('nothing stands in the way, and what is printed is applied and runs', async () => {
    expect(weft('check', '--pre', '--kubernetes', ...VALUES).status).toBe(0);
    await installed();
    expect(weft('upgrade', '--plan', ...VALUES)).toMatchObject({ status: 0, stdout: expect.stringContaining('as it would be now') });
  });

  test('one label, and new pods have a proxy and are ready', async () => {
    applyAll(namespace(SHOP, { 'weft.dev/inject': 'enabled' }), namespace(PLAIN));
    applyAll(...deployed({ namespace: SHOP, name: 'server', replicas: 2 }), ...deployed({ namespace: SHOP, name: 'caller' }));
    applyAll(...deployed({ namespace: PLAIN, name: 'server' }), ...deployed({ namespace: PLAIN, name: 'caller' }));
    for (const where of [SHOP, PLAIN]) for (const name of ['server', 'caller']) await rolledOut(where, `deployment/${name}`);
    for (const pod of await pods(SHOP, 'server')) {
      expect(pod.metadata.annotations?.['weft.dev/proxy']).toBe('sidecar');
      expect(pod.spec.initContainers?.map(({ name }) => name)).toEqual(['weft-init', 'weft-proxy']);
    }
    expect((await pods(PLAIN, 'server'))[0]?.spec.initContainers).toBeUndefined();
    caller = await Caller.find(SHOP, 'caller');
  });

  test('requests go through both proxies, encrypted and with an identity; in plaintext where there is no mesh', async () => {
    const got = await eventually(
      'an answer',
      async () => {
        const answer = await caller.get(SERVER);
        return answer.status === 200 ? answer : undefined;
      },
      TRIES,
    );
    expect((JSON.parse(got.body) as { headers: Record<string, string> }).headers['x-forwarded-client-cert']).toContain(`/ns/${SHOP}/sa/caller`);
    const mark = (word: string) => ({ 'x-mark': `story-${word}-0123456789` });
    const meshed = await captured(8080, () => caller.get(SERVER, mark('meshed')));
    expect(meshed.length).toBeGreaterThan(500);
    expect(meshed.includes('story-meshed')).toBe(false);
    // a handshake of TLS 1.2 or 1.3, or records of one: 0x17 0x03 0x03
    expect(meshed.includes(Buffer.from([0x17, 0x03, 0x03]))).toBe(true);
    const outside = await Caller.find(PLAIN, 'caller');
    const plain = await captured(8080, () => outside.get(`http://server.${PLAIN}/`, mark('plain')));
    expect(plain.includes('story-plain')).toBe(true);
  });

  test('policies, faults and routes are documents of the cluster, and say in their status that they hold', async () => {
    applyAll(policy('FaultPolicy', 'fault', FAULT));
    await becomes(418);
    await kubectl('-n', SHOP, 'wait', 'faultpolicy/fault', '--for=condition=Accepted', '--timeout=30s');
    await kubectl('-n', SHOP, 'delete', 'faultpolicy', 'fault');
    await becomes(200);
    const backendRefs = [{ name: 'server', port: 80 }];
    const redirect = { type: 'RequestRedirect', requestRedirect: { statusCode: 302, hostname: 'elsewhere.example' } };
    applyAll({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'server', namespace: SHOP },
      spec: {
        parentRefs: [{ group: '', kind: 'Service', name: 'server', port: 80 }],
        rules: [{ matches: [{ headers: [{ name: 'x-away', value: 'yes' }] }], filters: [redirect] }, { backendRefs }],
      },
    });
    await becomes(302, { 'x-away': 'yes' });
    await becomes(200);
    const rules = [{ from: [{ source: { serviceAccounts: ['nobody'] } }] }];
    applyAll(policy('AuthorizationPolicy', 'only', { ...target, action: 'ALLOW', rules }));
    await becomes(403);
    await kubectl('-n', SHOP, 'delete', 'authorizationpolicy/only', 'httproute/server');
    await becomes(200);
  });

  const underLoad = async (what: () => Promise<unknown>, how: { readonly anew?: boolean } = {}) => {
    await caller.load(SERVER, how);
    await what();
    const report = await caller.stop();
    expect(report.failed, await told(SHOP)).toEqual([]);
    expect(report.sent).toBeGreaterThan(100);
    return report;
  };

  test('a deployment is restarted under load: no request fails', async () => {
    const before = names(await pods(SHOP, 'server'));
    const report = await underLoad(async () => {
      await kubectl('-n', SHOP, 'rollout', 'restart', 'deployment/server');
      await rolledOut(SHOP, 'deployment/server');
    });
    expect(Object.keys(report.bodies).some((name) => !before.includes(name))).toBe(true);
  });

  test('a replica of the control plane is killed under load: no request fails, and what is changed then holds', async () => {
    const [first] = names((await json<{ items: readonly Pod[] }>('-n', 'weft-system', 'get', 'pods')).items);
    await underLoad(async () => {
      await kubectl('-n', 'weft-system', 'delete', 'pod', first ?? '', '--grace-period=0', '--force');
      await rolledOut('weft-system', 'deployment/weft');
    });
    applyAll(policy('FaultPolicy', 'fault', FAULT));
    await becomes(418);
    await kubectl('-n', SHOP, 'delete', 'faultpolicy', 'fault');
    await becomes(200);
  });

  test('the API server is away until all nodes are given up, and the cluster’s DNS with it: no request fails, and what is said when it is back holds', async () => {
    const match = { headers: [{ name: 'x-meanwhile', value: 'yes' }] };
    const names = (replicas: number) => kubectl('-n', 'kube-system', 'scale', 'deployment/coredns', `--replicas=${replicas}`);
    const away = async () => {
      await names(0);
      await kubectl('-n', 'kube-system', 'wait', 'pod', '-l', 'k8s-app=kube-dns', '--for=delete', '--timeout=60s');
      const speak = silenceNodes();
      try {
        const again = await stopApiServer();
        try {
          await new Promise((resolve) => setTimeout(resolve, AWAY_S * 1000));
          expect((await caller.now()).failures).toBe(0);
        } finally {
          await again();
        }
        applyAll(policy('FaultPolicy', 'meanwhile', { ...target, for: '10m', faults: [{ match, abort: { status: 418 } }] }));
        await becomes(418, { 'x-meanwhile': 'yes' });
        // What Kubernetes makes of nodes that it has not heard of, all of them: none of their pods is ready.
        await nodesAre('Unknown');
        await kubectl('-n', SHOP, 'wait', 'pod', '--all', '--for=condition=Ready=False', '--timeout=60s');
        const { sent } = await caller.now();
        await eventually('more requests', async () => ((await caller.now()).sent > sent + 100 ? true : undefined), TRIES);
      } finally {
        speak();
      }
      await nodesAre('True');
      await kubectl('-n', SHOP, 'wait', 'pod', '--all', '--for=condition=Ready=True', '--timeout=120s');
    };
    // every request looks its name up
    await underLoad(away, { anew: true }).finally(() => names(1));
    await rolledOut('kube-system', 'deployment/coredns');
    await kubectl('-n', SHOP, 'delete', 'faultpolicy', 'meanwhile');
  });

  test('no control plane answers: new pods are refused where one is to answer, and come when it is back; what runs goes on', async () => {
    const scale = (where: string, name: string, replicas: number) => kubectl('-n', where, 'scale', `deployment/${name}`, `--replicas=${replicas}`);
    await rolledOut('weft-system', 'deployment/weft');
    await underLoad(async () => {
      await scale('weft-system', 'weft', 0);
      await kubectl('-n', 'weft-system', 'wait', 'pod', '--all', '--for=delete', '--timeout=60s');
      await Promise.all([scale(SHOP, 'server', 3), scale(PLAIN, 'server', 2)]);
      await rolledOut(PLAIN, 'deployment/server');
      const refusals = () => kubectl('-n', SHOP, 'get', 'events', '--field-selector=reason=FailedCreate', '-o', 'jsonpath={.items[*].message}');
      await eventually('a refusal', async () => ((await refusals()).includes('namespace.inject.weft.dev') ? true : undefined), TRIES);
      expect(await pods(SHOP, 'server')).toHaveLength(2);
      await scale('weft-system', 'weft', 2);
      await rolledOut(SHOP, 'deployment/server');
    });
    const all = await pods(SHOP, 'server');
    expect(all.map(({ metadata }) => metadata.annotations?.['weft.dev/proxy'])).toEqual(['sidecar', 'sidecar', 'sidecar']);
  });

  test('it is taken away: what runs goes on and new pods have no proxy; installed again, it is as before', async () => {
    await underLoad(async () => {
      const { status, stdout, stderr } = weft('uninstall');
      expect([status, stderr]).toEqual([0, expect.stringContaining(`of namespace ${SHOP} keep their proxies`)]);
      kubectlWith(stdout, 'delete', '--ignore-not-found', '-f', '-');
      const left = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration', 'clusterrole', 'namespace', 'configmap', 'gatewayclass'];
      expect(await kubectl('get', left.join(), '-A', '-l', 'app.kubernetes.io/part-of=weft', '-o', 'name')).toBe('');
      await kubectl('get', 'customresourcedefinition', 'faultpolicies.weft.dev');
      await kubectl('-n', SHOP, 'scale', 'deployment/server', '--replicas=4');
      await rolledOut(SHOP, 'deployment/server');
    });
    expect((await pods(SHOP, 'server')).filter(({ spec }) => spec.initContainers === undefined)).toHaveLength(1);
    await installed();
    await kubectl('-n', SHOP, 'rollout', 'restart', 'deployment/server', 'deployment/caller');
    for (const name of ['server', 'caller']) await rolledOut(SHOP, `deployment/${name}`);
    caller = await Caller.find(SHOP, 'caller');
    await becomes(200);
    expect((await pods(SHOP, 'server')).every(({ metadata }) => metadata.annotations?.['weft.dev/proxy'] === 'sidecar')).toBe(true);
  });
});
