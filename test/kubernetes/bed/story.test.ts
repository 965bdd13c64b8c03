// The whole story in a cluster of its own: install, label, deploy, and what holds while things are changed and ended.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyAll, hasBed, kubectl, kubectlWith, rolledOut, stopApiServer, told, weft } from '../../kit/bed.ts';
import { captured } from '../../kit/bed-capture.ts';
import { Caller, deployed } from '../../kit/bed-shop.ts';
import { needs } from '../../kit/require.ts';
import { eventually } from '../../kit/shop.ts';

const [SHOP, PLAIN] = ['story-shop', 'story-plain'];
/** How long the API server is away; ten minutes show no more than one, but may be asked for. */
const AWAY_S = Number(process.env['WEFT_API_AWAY_S'] ?? 45);
const VALUES = ['--set', 'images.pullPolicy=Never', '--set', 'controlPlane.resources.requests.cpu=20m'];
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

describe.skipIf(needs('bed', hasBed).skip)('the story', () => {
  let caller: Caller;

  beforeAll(async () => {
    const there = await kubectl('get', 'customresourcedefinition', 'gateways.gateway.networking.k8s.io', '--ignore-not-found', '-o', 'name');
    if (there === '') await kubectl('apply', '--server-side', '-f', join(process.env['BED_BIN'] ?? '', 'gateway-api-standard.yaml'));
  });
  afterAll(() => kubectl('delete', 'namespace', SHOP, PLAIN, '--ignore-not-found', '--wait=false'));

  test('nothing stands in the way, and what is printed is applied and runs', async () => {
    expect(weft('check', '--pre', '--kubernetes').status).toBe(0);
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
    const meshed = await captured('tcp port 8080', () => caller.get(SERVER, mark('meshed')));
    expect(meshed.length).toBeGreaterThan(500);
    expect(meshed.includes('story-meshed')).toBe(false);
    // a handshake of TLS 1.2 or 1.3, or records of one: 0x17 0x03 0x03
    expect(meshed.includes(Buffer.from([0x17, 0x03, 0x03]))).toBe(true);
    const outside = await Caller.find(PLAIN, 'caller');
    const plain = await captured('tcp port 8080', () => outside.get(`http://server.${PLAIN}/`, mark('plain')));
    expect(plain.includes('story-plain')).toBe(true);
  });

  test('policies, faults and routes are documents of the cluster, and say in their status that they hold', async () => {
    const becomes = (status: number, headers: Readonly<Record<string, string>> = {}) =>
      eventually(`${status}`, async () => ((await caller.get(SERVER, headers)).status === status ? true : undefined), TRIES);
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

  const underLoad = async (what: () => Promise<unknown>) => {
    await caller.load(SERVER);
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
    await eventually('the fault', async () => ((await caller.get(SERVER)).status === 418 ? true : undefined), TRIES);
    await kubectl('-n', SHOP, 'delete', 'faultpolicy', 'fault');
    await eventually('no fault', async () => ((await caller.get(SERVER)).status === 200 ? true : undefined), TRIES);
  });

  test('the API server is away: no request fails', async () => {
    await underLoad(async () => {
      const again = await stopApiServer();
      try {
        await new Promise((resolve) => setTimeout(resolve, AWAY_S * 1000));
        expect((await caller.now()).failures).toBe(0);
      } finally {
        await again();
      }
    });
  });
});
