// Several control planes of one cluster: one authority, one writer.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject, ResourceType } from '../../src/kube/index.ts';
import { hasKubeApi, type KubeApi } from '../kit/kube-api.ts';
import { core, forget, installedConfig, type KubePlane, NAMESPACES, openPlane, runPod, SERVICES, startCluster, typeOf } from '../kit/kube-world.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const ROUTES = typeOf('gateway.networking.k8s.io/v1', 'HTTPRoute');
const TIMEOUTS = typeOf('weft.dev/v1alpha1', 'TimeoutPolicy');
const MAPS = core('configmaps', 'ConfigMap');
const SECRETS = core('secrets', 'Secret');
const EVENTS: ResourceType = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };
const leaseTimes = { durationMs: 2000, renewDeadlineMs: 1500, retryMs: 300 };

interface Parent {
  readonly controllerName: string;
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly observedGeneration: number; readonly lastTransitionTime: string }[];
}
const parentsOf = (object: KubeObject | undefined): readonly Parent[] =>
  (object?.['status'] as { readonly parents?: readonly Parent[] } | undefined)?.parents ?? [];
const oursOf = (object: KubeObject | undefined): Parent | undefined => parentsOf(object).find(({ controllerName }) => controllerName.startsWith('weft.dev/'));

/** When its status was written last. */
function writtenAt({ metadata }: KubeObject): string | undefined {
  const { managedFields } = metadata as {
    readonly managedFields?: readonly { readonly manager: string; readonly time: string; readonly subresource?: string }[];
  };
  return managedFields?.find(({ manager, subresource }) => manager === 'weft' && subresource === 'status')?.time;
}

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('replicas of a control plane', () => {
  let api: KubeApi;
  let first: ChildProcess | undefined;
  let second: KubePlane;
  const folders = [mkdtempSync(join(tmpdir(), 'weft-first-')), mkdtempSync(join(tmpdir(), 'weft-second-'))] as const;
  const leading = (plane: KubePlane): boolean => plane.said.some((line) => line.includes('writes into the cluster now'));
  const route = (name: string): KubeObject => ({
    metadata: { name, namespace: 'shop' },
    spec: { parentRefs: [{ group: '', kind: 'Service', name: 'web' }], rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
  });
  const told = (name: string, generation = 1): Promise<KubeObject> =>
    eventually(
      `the status of ${name}`,
      async () => {
        const object = await api.client.get(ROUTES, { namespace: 'shop', name });
        return oursOf(object)?.conditions.some((each) => each.type === 'Accepted' && each.observedGeneration === generation) === true ? object : undefined;
      },
      600,
    );

  beforeAll(async () => {
    api = await startCluster();
    await runPod(api, 'web-1', '10.1.0.1');
    const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
    await api.client.create(SERVICES, { metadata: { name: 'web', namespace: 'shop' }, spec: { selector: { app: 'web' }, ports } });
    // Both have the rights of an installation, and no others.
    const config = await installedConfig(api);
    const started = spawn(process.execPath, [
      ...process.execArgv,
      join(import.meta.dirname, '../kit/kube-plane-process.ts'),
      JSON.stringify({ config, folder: folders[0], leaseTimes }),
    ]);
    first = started;
    let printed = '';
    started.stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    started.stderr?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    await eventually(
      'the first leads',
      async () => {
        if (started.exitCode !== null) throw new Error(printed);
        return printed.includes('writes into the cluster now') ? true : undefined;
      },
      1200,
    );
    second = await openPlane(api, folders[1], { kubernetes: { config, leaseTimes } });
  }, 300_000);
  afterAll(async () => {
    first?.kill('SIGKILL');
    await second?.[Symbol.asyncDispose]();
    await api?.[Symbol.asyncDispose]();
    for (const folder of folders) forget(folder);
  });

  test('the second has the authority of the first, and does not write', async () => {
    const secret = await api.client.get(SECRETS, { namespace: 'weft-system', name: 'weft-ca' });
    const data = (secret?.['data'] ?? {}) as Record<string, string>;
    expect(Object.keys(data).sort()).toEqual(['admin.token', 'ca.crt', 'ca.key', 'issuer.key', 'state.json', 'tokens.key']);
    const bundle = JSON.parse((await second.ask('/weft/v1/ca')).text) as unknown;
    expect(JSON.stringify(bundle)).not.toContain('PRIVATE');
    expect(
      Buffer.from(data['admin.token'] ?? '', 'base64')
        .toString()
        .trim(),
    ).toBe(second.running.adminToken);
    expect(leading(second)).toBe(false);
  });

  test('every namespace has what proxies recognise the control plane by, and has it again when somebody takes it away', async () => {
    const map = (): Promise<KubeObject> => eventually('the trust', async () => api.client.get(MAPS, { namespace: 'shop', name: 'weft-trust' }), 600);
    const { data } = (await map()) as unknown as { readonly data: Record<string, string> };
    const [secret] = (JSON.parse(data['trust.yaml'] ?? '') as { resources: { name: string; validation_context: { trusted_ca: { inline_string: string } } }[] })
      .resources;
    expect(secret?.name).toBe('control-plane');
    expect(secret?.validation_context.trusted_ca.inline_string).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(JSON.parse(data['token.yaml'] ?? '')).toMatchObject({
      resources: [{ name: 'token', generic_secret: { secret: { filename: '/var/run/secrets/weft/token' } } }],
    });
    await api.client.delete(MAPS, { namespace: 'shop', name: 'weft-trust' });
    await map();
    await api.client.create(NAMESPACES, { metadata: { name: 'later' } });
    await eventually('the trust of a new namespace', async () => api.client.get(MAPS, { namespace: 'later', name: 'weft-trust' }), 600);
  });

  test('what the mesh says stands on the object, beside what others say', async () => {
    await api.client.create(ROUTES, route('a'));
    const before = await told('a');
    const condition = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
    const other = { parentRef: { name: 'elsewhere' }, controllerName: 'example.com/other', conditions: [condition] };
    await api.client.apply(
      ROUTES,
      { metadata: { name: 'a', namespace: 'shop' }, status: { parents: [...parentsOf(before), other] } },
      { fieldManager: 'other', force: true, subresource: 'status' },
    );
    await api.client.merge(ROUTES, { namespace: 'shop', name: 'a' }, { spec: { hostnames: null, rules: [{ backendRefs: [{ name: 'nobody', port: 80 }] }] } });
    const after = await told('a', 2);
    expect(parentsOf(after).map(({ controllerName }) => controllerName)).toContain('example.com/other');
    const accepted = (object: KubeObject) => oursOf(object)?.conditions.find(({ type }) => type === 'Accepted');
    expect(accepted(after)?.lastTransitionTime).toBe(accepted(before)?.lastTransitionTime);
    expect(oursOf(after)?.conditions.find(({ type }) => type === 'ResolvedRefs')?.status).toBe('False');
  });

  test('of our own kinds, too; and nothing is written again that is there', async () => {
    const policy = { metadata: { name: 'slow', namespace: 'shop' }, spec: { targetRefs: [{ kind: 'Service', name: 'web' }], request: '2s' } };
    await api.client.create(TIMEOUTS, policy);
    const at = { namespace: 'shop', name: 'slow' };
    const object = await eventually(
      'its status',
      async () => {
        const found = await api.client.get(TIMEOUTS, at);
        return found?.['status'] === undefined ? undefined : found;
      },
      600,
    );
    expect(object['status']).toMatchObject({ conditions: expect.arrayContaining([expect.objectContaining({ type: 'Accepted', status: 'True' })]) });
    await api.client.merge(TIMEOUTS, at, { metadata: { labels: { a: 'b' } } });
    await api.client.create(ROUTES, route('mark'));
    await told('mark');
    const now = await eventually('the policy', async () => api.client.get(TIMEOUTS, at));
    expect(writtenAt(now)).toBe(writtenAt(object));
  });

  test('what is wrong with an object stands on it, and there is an event', async () => {
    const policy = { metadata: { name: 'wrong', namespace: 'shop' }, spec: { targetRefs: [{ kind: 'Service', name: 'web' }], reqest: '2s' } };
    await api.client.create(TIMEOUTS, policy);
    const conditions = await eventually(
      'its condition',
      async () => ((await api.client.get(TIMEOUTS, { namespace: 'shop', name: 'wrong' }))?.['status'] as { conditions?: unknown } | undefined)?.conditions,
      600,
    );
    expect(conditions).toMatchObject([{ type: 'Accepted', status: 'False', message: expect.stringContaining('reqest') }]);
    await eventually('the event', async () => {
      const { items } = await api.client.page(EVENTS, { namespace: 'shop' });
      return items.find((each) => each['reason'] === 'NotAccepted' && String(each['note']).includes('reqest'));
    });
    const findings = await second.ask('/weft/v1/findings');
    expect(findings.text).toContain('WEFT1203');
  });

  test('the leader is killed: the other writes, and does not tell old news anew', async () => {
    const before = await told('mark');
    first?.kill('SIGKILL');
    await eventually('the second leads', async () => (leading(second) ? true : undefined), 600);
    await api.client.create(ROUTES, route('after'));
    await told('after');
    const after = await told('mark');
    expect(oursOf(after)?.conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime])).toEqual(
      oursOf(before)?.conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    );
  });
});
