// What `weft install` prints, in a real API server: it is taken as it is, and the control plane's account can do what it must and no more.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { KubeClient, type KubeObject, type ResourceType } from '../../src/kube/index.ts';
import { kubernetesSource, type SourceTrouble } from '../../src/source/index.ts';
import { ASSETS, hasKubeApi, KubeApi } from '../kit/kube-api.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const home = resolve(import.meta.dirname, '../..');
const REVIEWS: ResourceType = { group: 'authorization.k8s.io', version: 'v1', plural: 'subjectaccessreviews', kind: 'SubjectAccessReview', namespaced: false };
const TOKENS: ResourceType = { group: '', version: 'v1', plural: 'serviceaccounts/weft/token', kind: 'TokenRequest', namespaced: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
const SECRETS: ResourceType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const GATEWAYS: ResourceType = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'gateways', kind: 'Gateway', namespaced: true };

type Object = KubeObject & { readonly apiVersion: string; readonly kind: string };

/** The command as a user calls it. */
function printed(...args: readonly string[]): readonly Object[] {
  const text = execFileSync(process.execPath, [join(home, 'src/bin/weft.ts'), 'install', ...args], { encoding: 'utf8', maxBuffer: 1e8 });
  return parseAllDocuments(text).map((each) => each.toJS() as Object);
}

/** `Deployment` → its type; only kinds that the installation has, whose plurals are regular. */
function typeOf({ apiVersion, kind, metadata }: Object): ResourceType {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const plural = `${kind.toLowerCase()}${kind.endsWith('Class') ? 'es' : 's'}`;
  return { group, version, plural, kind, namespaced: metadata.namespace !== undefined };
}

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('weft install', () => {
  let api: KubeApi;
  const apply = async (all: readonly Object[]): Promise<void> => {
    for (const each of all) await api.client.apply(typeOf(each), each, { fieldManager: 'kubectl' });
  };

  beforeAll(async () => {
    api = await KubeApi.start();
    const standard = parseAllDocuments(readFileSync(join(ASSETS, 'gateway-api-standard.yaml'), 'utf8')).map((each) => each.toJS() as Object);
    await apply(standard.filter((each) => each?.kind === 'CustomResourceDefinition'));
    for (const name of ['edge', 'shop', 'other']) await api.client.create(NAMESPACES, { metadata: { name } });
  }, 120_000);
  afterAll(() => api[Symbol.asyncDispose]());

  test('everything is taken by the API server as it is printed', async () => {
    const all = printed('--set', 'secrets[0].namespace=edge', '--set', 'secrets[1]={namespace: shop, names: [web-tls]}');
    await eventually('Gateway API', async () => (await api.client.page(GATEWAYS, {}).catch(() => undefined)) !== undefined);
    await apply(all);
    expect(all.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Namespace', 'ServiceAccount', 'Deployment', 'Service', 'GatewayClass']));
    // what client-side apply keeps in an annotation has room there (262,144 bytes)
    for (const each of all) expect(JSON.stringify(each).length, each.metadata.name).toBeLessThan(200_000);
  });

  test('a revision beside it changes nothing of it', async () => {
    const canary = printed('--no-crds', '--revision', 'canary').filter(({ metadata }) => metadata.name.includes('canary'));
    expect(canary.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Deployment', 'Service', 'ClusterRole', 'ServiceAccount']));
    await apply(canary);
  });

  const may = async (verb: string, group: string, resource: string, at: { namespace?: string; name?: string } = {}): Promise<boolean> => {
    const spec = { user: 'system:serviceaccount:weft-system:weft', groups: ['system:serviceaccounts', 'system:authenticated'] };
    const answer = await api.client.create(REVIEWS, { metadata: { name: '' }, spec: { ...spec, resourceAttributes: { verb, group, resource, ...at } } });
    return (answer['status'] as { allowed: boolean }).allowed;
  };

  test('the account of the control plane reads the Secrets that were named, and no others', async () => {
    expect(await may('list', '', 'secrets')).toBe(false);
    expect(await may('get', '', 'secrets', { namespace: 'other', name: 'x' })).toBe(false);
    expect(await may('get', '', 'secrets', { namespace: 'edge', name: 'any' })).toBe(true);
    expect(await may('watch', '', 'secrets', { namespace: 'shop', name: 'web-tls' })).toBe(true);
    expect(await may('list', '', 'secrets', { namespace: 'shop' })).toBe(false);
    expect(await may('get', '', 'secrets', { namespace: 'weft-system', name: 'weft-ca' })).toBe(true);
    expect(await may('get', '', 'secrets', { namespace: 'weft-system', name: 'other' })).toBe(false);
    expect(await may('create', 'authentication.k8s.io', 'tokenreviews')).toBe(true);
    expect(await may('update', 'coordination.k8s.io', 'leases', { namespace: 'weft-system', name: 'weft-writer' })).toBe(true);
    expect(await may('create', '', 'pods', { namespace: 'other' })).toBe(false);
    expect(await may('create', 'rbac.authorization.k8s.io', 'clusterrolebindings')).toBe(false);
  });

  test('with its rights the cluster can be followed, and a Secret that it may not read holds nothing up', async () => {
    for (const [namespace, name] of [
      ['edge', 'edge-tls'],
      ['other', 'other-tls'],
    ] as const) {
      await api.client.create(SECRETS, { metadata: { namespace, name }, type: 'Opaque', data: { a: 'YQ==' } });
      const tls = { mode: 'Terminate', certificateRefs: [{ name }] };
      const listeners = [{ name: 'https', port: 443, protocol: 'HTTPS', tls }];
      await api.client.create(GATEWAYS, { metadata: { namespace, name: 'edge' }, spec: { gatewayClassName: 'weft', listeners } });
    }
    const made = await api.client.create(TOKENS, {
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: '', namespace: 'weft-system' },
      spec: { expirationSeconds: 600 },
    } as KubeObject);
    const token = (made['status'] as { token: string }).token;
    using client = new KubeClient({ ...api.config, bearer: { kind: 'token', token } });
    let troubles: readonly SourceTrouble[] = [];
    const source = kubernetesSource({ client, troubles: (now) => (troubles = now) });
    const ended = new AbortController();
    for await (const batch of source.events(ended.signal)) {
      const seen = batch.flatMap((event) => (event.kind === 'put' ? [`${event.document.kind} ${event.document.metadata.name}`] : []));
      expect(seen).toEqual(expect.arrayContaining(['Gateway edge', 'Secret edge-tls', 'Namespace shop']));
      expect(seen).not.toContain('Secret other-tls');
      break;
    }
    ended.abort();
    // (types that were defined a moment ago are told of as well)
    expect(troubles.map(({ type }) => type).filter((type) => type.startsWith('secrets'))).toEqual(['secrets other metadata.name=other-tls']);
  });
});
