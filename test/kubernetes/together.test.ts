// The root is changed while replicas share it: every step waits for the proxies of all of them, whichever dies.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CaView } from '../../src/api/index.ts';
import type { KubeConfig } from '../../src/kube/index.ts';
import type { AdsClient } from '../kit/ads-client.ts';
import { hasKubeApi, type KubeApi } from '../kit/kube-api.ts';
import { type PlaneProcess, spawnPlane } from '../kit/kube-planes.ts';
import { core, installedConfig, podToken, runPod, SERVICES, startCluster, typeOf } from '../kit/kube-world.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const ROUTES = typeOf('gateway.networking.k8s.io/v1', 'HTTPRoute');
const SECRETS = core('secrets', 'Secret');
const SIDECAR = { 'weft.dev/proxy': 'sidecar' };
const WEB = ['web-1', 'web-2'] as const;
const PHASES = ['trusting', 'issuing', 'dropping', 'cycling'] as const;

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('a change of the root with two replicas', () => {
  let api: KubeApi;
  let config: KubeConfig;
  const planes: PlaneProcess[] = [];
  const clients: AdsClient[] = [];
  const tokens: string[] = [];
  const plane = (at: number): PlaneProcess => planes[at] as PlaneProcess;
  const client = (at: number): AdsClient => clients[at] as AdsClient;
  const view = async (at: number): Promise<CaView> => (await plane(at).ask<CaView>('/weft/v1/ca')).body;
  const phase = async (at: number): Promise<string> => (await view(at)).rotation?.phase ?? 'over';
  const waitedFor = async (at: number): Promise<readonly string[]> => (await view(at)).rotation?.stragglers.map(({ proxy }) => proxy) ?? [];
  const inPhase = (at: number, wanted: string): Promise<true> =>
    eventually(`replica ${at} in ${wanted}`, async () => ((await phase(at)) === wanted ? true : undefined), 900);
  const bundleOf = ({ held }: AdsClient): string => Buffer.from(held.of('secret').get('bundle')?.body[0] as Uint8Array).toString('latin1');
  const rootsOf = (one: AdsClient): number => bundleOf(one).split('BEGIN CERTIFICATE').length - 1;
  const connect = async (at: number): Promise<void> => {
    clients[at]?.close();
    clients[at] = await plane(at).proxy(tokens[at] ?? '', clients[at]?.held);
    await eventually('its certificate', async () => ([...client(at).held.of('secret').keys()].some((name) => name.includes('workload')) ? true : undefined));
  };

  beforeAll(async () => {
    api = await startCluster();
    const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
    await api.client.create(SERVICES, { metadata: { name: 'web', namespace: 'shop' }, spec: { selector: { app: 'web' }, ports } });
    const backend = { backendRefs: [{ name: 'web', port: 80 }] };
    await api.client.create(ROUTES, {
      metadata: { name: 'all', namespace: 'shop' },
      spec: { parentRefs: [{ group: '', kind: 'Service', name: 'web' }], rules: [backend] },
    });
    config = await installedConfig(api);
    for (const [at, name] of WEB.entries()) {
      const uid = await runPod(api, name, `10.1.0.${at + 1}`, SIDECAR);
      tokens.push(await podToken(api, { pod: { name, uid } }));
    }
    // Both at once: one makes the authority, and both have it.
    planes.push(...(await Promise.all([spawnPlane(config), spawnPlane(config)])));
    for (const at of WEB.keys()) await connect(at);
  }, 300_000);
  afterAll(async () => {
    for (const each of clients) each.close();
    for (const each of planes) await each.kill();
    await api?.[Symbol.asyncDispose]();
  });

  test('how many proxies run a document is counted at both', async () => {
    const said = await eventually(
      'the status of the route',
      async () => {
        const { body } = await plane(0).ask<{ readonly status?: object }>('/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/all');
        const object = await api.client.get(ROUTES, { namespace: 'shop', name: 'all' });
        const texts = [body.status, object?.['status']].map((status) => JSON.stringify(status) ?? '');
        return texts.every((text) => text.includes('2 of 2 proxies run it')) ? texts : undefined;
      },
      600,
    );
    expect(said).toHaveLength(2);
  });

  test('is begun once, whoever is asked, and is rehearsed with the proxies of both', async () => {
    const rehearsed = await eventually('both are counted', async () => {
      const { body } = await plane(0).post<CaView>('/weft/v1/ca/rotate', { dryRun: true });
      return body.rehearsal?.connected === 2 ? body.rehearsal : undefined;
    });
    expect(rehearsed.blocked).toEqual([]);
    for (const at of WEB.keys()) client(at).pause();
    const begun = await Promise.all(planes.map((each) => each.post('/weft/v1/ca/rotate')));
    expect(begun.map(({ status }) => status).sort()).toEqual([200, 409]);
    for (const at of planes.keys()) {
      await inPhase(at, 'trusting');
      await eventually(
        `both proxies are named at ${at}`,
        async () => {
          const names = await waitedFor(at);
          return WEB.every((name) => names.includes(`shop/${name}`)) ? true : undefined;
        },
        600,
      );
    }
  });

  test('is paused and goes on at either', async () => {
    await plane(0).post('/weft/v1/ca/pause');
    await eventually('the other knows', async () => (await view(1)).rotation?.paused === true || undefined);
    await plane(1).post('/weft/v1/ca/resume');
    await eventually('the one knows', async () => (await view(0)).rotation?.paused === false || undefined);
  });

  test('a replica dies in each step, and its proxy is waited for until it is back', async () => {
    // web-1 does what is asked, web-2 holds each step up in turn, and the replica of the other one is killed.
    let holder = 1;
    client(0).resume();
    for (const step of PHASES) {
      const other = 1 - holder;
      await inPhase(holder, step);
      await eventually(
        `only the held one is waited for in ${step}`,
        async () => {
          const names = await waitedFor(holder);
          return names.length === 1 && names[0] === `shop/${WEB[holder]}` ? true : undefined;
        },
        600,
      );
      const next = spawnPlane(config);
      await plane(other).kill();
      // Who runs a certificate of the new root is not needed to change to it.
      const missed = step === 'issuing' ? 1 : 2;
      await eventually('its proxy is missed', async () => ((await waitedFor(holder)).length >= missed ? true : undefined), 600);
      expect(await phase(holder)).toBe(step);
      planes[other] = await next;
      expect(await phase(other)).toBe(step);
      await connect(other);
      await eventually(
        'it is back',
        async () => {
          const names = await waitedFor(other);
          return names.length === 1 && names[0] === `shop/${WEB[holder]}` ? true : undefined;
        },
        600,
      );
      client(other).pause();
      client(holder).resume();
      holder = other;
    }
    client(holder).resume();
    for (const at of planes.keys()) await inPhase(at, 'over');
  }, 240_000);

  test('afterwards there is one root everywhere, and nothing of the old one', async () => {
    const [first, second] = await Promise.all([view(0), view(1)]);
    expect(first.roots).toEqual(second.roots);
    expect(first.roots.map(({ name, state }) => [name, state])).toEqual([
      ['1', 'dropped'],
      ['2', 'issuing'],
    ]);
    for (const at of WEB.keys()) await eventually('one root', async () => (rootsOf(client(at)) === 1 ? true : undefined));
    expect(bundleOf(client(0))).toBe(bundleOf(client(1)));
    const { data } = (await api.client.get(SECRETS, { namespace: 'weft-system', name: 'weft-ca' })) as unknown as { readonly data: Record<string, string> };
    expect(Object.keys(data).sort()).toEqual(['2.ca.crt', '2.ca.key', '2.issuer.key', 'admin.token', 'state.json', 'tokens.key']);
  });
});
