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

const SHARED = [
  ['/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles', 'Role'],
  ['/api/v1/namespaces/shop/services', 'Service'],
  ['/apis/weft.dev/v1alpha1/namespaces/shop/workloads', 'Workload'],
] as const;
/** What `weft run` says of an application. */
const TILL = {
  ...{ service: 'till', createService: true, instance: '1', labels: {}, address: '10.9.0.1', zone: '', weight: 1, bind: '0.0.0.0', hostLoopback: '' },
  ports: [{ name: 'http', port: 8080, proxyPort: 18_080, protocol: 'http' }],
  capture: { mode: 'none' },
  envoy: {
    ...{ version: '1.40.0', adminSocket: '/x/admin', readySocket: '/x/ready', tokenFile: '/x/token', tokenDirectory: '/x', tokenResource: '/x/t.yaml' },
    xdsAddress: '127.0.0.1:1',
  },
};

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
  let user = '';
  let machine = '';
  /** Documents of Weft's own that are no objects of the cluster. */
  const known = async (at: number): Promise<readonly string[]> => {
    const lists = await Promise.all(
      SHARED.map(async ([path, kind]) => {
        const { items } = (await plane(at).ask<{ readonly items: readonly { readonly metadata: { readonly name: string } }[] }>(path)).body;
        return items.map(({ metadata: { name } }) => `${kind} shop/${name}`);
      }),
    );
    return lists.flat().filter((text) => !text.includes('web'));
  };
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
    const object = {
      metadata: { name: 'all', namespace: 'shop' },
      spec: { parentRefs: [{ group: '', kind: 'Service', name: 'web' }], rules: [backend] },
    };
    // A type that was defined a moment ago may not be served yet.
    await eventually('a route', () => api.client.create(ROUTES, object).catch(() => undefined), 600);
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

  test('a ban holds at all replicas, and so do tokens, roles and machines; a join token is used once', async () => {
    expect((await plane(0).post('/weft/v1/ban', { who: 'shop/web-2' })).status).toBe(200);
    await eventually('its stream at the other replica ends', async () => (client(1).over === undefined ? undefined : true));
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'readers', namespace: 'shop' } };
    const rules = [{ apiGroups: [''], resources: ['services'], verbs: ['get'] }];
    expect((await plane(0).post('/weft/v1/apply', { documents: [{ ...role, rules }] })).status).toBe(200);
    user = (await plane(0).post<{ readonly token: string }>('/weft/v1/users/tokens', { user: 'ada', groups: [] })).body.token;
    const { token } = (await plane(0).post<{ readonly token: string }>('/weft/v1/tokens', { namespace: 'shop', serviceAccount: 'till' })).body;
    machine = (await plane(1).machine<{ readonly proxyToken: string }>('Join', { ...TILL, token })).proxyToken;
    await expect(plane(0).machine('Join', { ...TILL, token })).rejects.toThrow(/already been used/);
    await eventually('the machine at the other replica', async () => ((await known(0)).includes('Workload shop/till-1') ? true : undefined));
    await plane(0).machine('Renew', {}, machine);
  });

  test('all of it is there when every replica and its disk is gone', async () => {
    const old = planes.splice(0);
    for (const each of old) await each.kill();
    planes.push(...(await Promise.all([spawnPlane(config), spawnPlane(config)])));
    for (const at of planes.keys()) {
      const all = await eventually('what is shared', async () => {
        const found = await known(at);
        return found.length === 3 ? found : undefined;
      });
      expect(all).toEqual(['Role shop/readers', 'Service shop/till', 'Workload shop/till-1']);
      expect(JSON.stringify((await plane(at).ask('/weft/v1/bans')).body)).toContain('web-2');
      expect((await plane(at).ask('/weft/v1/status', { headers: { authorization: `Bearer ${user}` } })).status).toBe(200);
      await plane(at).machine('Renew', {}, machine);
    }
    const shut = await plane(0).proxy(tokens[1] ?? '');
    clients.push(shut);
    await eventually('who is banned does not come in', async () => (shut.over === undefined ? undefined : true));
    await plane(1).post('/weft/v1/unban', { who: 'shop/web-2' });
    await eventually('the ban is lifted at the other', async () =>
      JSON.stringify((await plane(0).ask('/weft/v1/bans')).body).includes('web-2') ? undefined : true,
    );
    const [{ id = '' } = {}] = (await plane(1).ask<{ readonly items: readonly { readonly id: string }[] }>('/weft/v1/users/tokens')).body.items;
    await plane(1).ask(`/weft/v1/users/tokens/${id}`, { method: 'DELETE' });
    const asUser = { headers: { authorization: `Bearer ${user}` } };
    await eventually('it is revoked at the other', async () => ((await plane(0).ask('/weft/v1/status', asUser)).status === 401 ? true : undefined));
  });
});
