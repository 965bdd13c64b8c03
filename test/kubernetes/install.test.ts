// What `weft install` prints, in a real API server: it is taken as it is, and the control plane's account can do what it must and no more.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { definitions } from '../../src/install/index.ts';
import { KubeClient, type KubeObject, type ResourceType } from '../../src/kube/index.ts';
import { kubernetesSource, type SourceTrouble } from '../../src/source/index.ts';
import { ASSETS, hasKubeApi, KubeApi } from '../kit/kube-api.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';
import { weftProgram } from '../kit/weft-program.ts';

const REVIEWS: ResourceType = { group: 'authorization.k8s.io', version: 'v1', plural: 'subjectaccessreviews', kind: 'SubjectAccessReview', namespaced: false };
const TOKENS: ResourceType = { group: '', version: 'v1', plural: 'serviceaccounts/weft/token', kind: 'TokenRequest', namespaced: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const SECRETS: ResourceType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const GATEWAYS: ResourceType = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'gateways', kind: 'Gateway', namespaced: true };

const WORKLOADS: ResourceType = { group: 'weft.dev', version: 'v1alpha1', plural: 'workloads', kind: 'Workload', namespaced: true };
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true };

type Object = KubeObject & { readonly apiVersion: string; readonly kind: string };

/** The command as a user calls it. */
function weft(args: readonly string[], env: NodeJS.ProcessEnv = {}): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, [weftProgram, ...args], { encoding: 'utf8', maxBuffer: 1e8, env: { ...process.env, ...env } });
}

const printed = (...args: readonly string[]): readonly Object[] => documentsOf(weft(['install', ...args]).stdout);
/** As kubectl reads it: to YAML 1.1 a plain `on` is a boolean. */
const documentsOf = (text: string): readonly Object[] => parseAllDocuments(text, { version: '1.1' }).map((each) => each.toJS() as Object);

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
    expect(all.filter(({ kind }) => kind === 'CustomResourceDefinition')).toEqual(definitions());
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

  const onCluster = (...args: readonly string[]) => {
    const kubeconfig = join(api.folder, 'kubeconfig');
    const one = (name: string, of: object) => [{ name: 'a', [name]: of }];
    const clusters = one('cluster', { server: api.config.server, 'insecure-skip-tls-verify': true });
    const users = one('user', { token: 'administrator-token' });
    const contexts = one('context', { cluster: 'a', user: 'a' });
    writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters, users, contexts, 'current-context': 'a' }));
    return weft(args, { KUBECONFIG: kubeconfig });
  };
  const SECRETS_GIVEN = ['--set', 'secrets[0].namespace=edge', '--set', 'secrets[1]={namespace: shop, names: [web-tls]}'];

  test('weft check --pre --kubernetes says what stands in the way, and what is there already', () => {
    const { status, stdout } = onCluster('check', '--pre', '--kubernetes', '-o', 'json');
    const { sections } = JSON.parse(stdout) as { sections: { lines: { id: string; skipped: string; findings: { code: string }[] }[] }[] };
    const lines = sections[0]?.lines ?? [];
    expect(lines.map(({ id, findings }) => [id, ...findings.map(({ code }) => code)])).toEqual([
      ['kubernetes'],
      ['rights'],
      ['gateway-api'],
      ['nodes'],
      ['values'],
      ['cluster-domain'],
      ['other-meshes'],
      ['pod-security'],
      ['here', 'WEFT2472', 'WEFT2472'],
    ]);
    expect(lines.filter(({ skipped }) => skipped !== '')).toEqual([]);
    expect(status).toBe(0);
  });

  test('weft check --pre --kubernetes with values looks at what these would install', async () => {
    const corefile = '.:53 {\n  errors\n  kubernetes k8s.example in-addr.arpa ip6.arpa {\n    pods insecure\n  }\n}\n';
    await api.client.apply(CONFIG_MAPS, { metadata: { namespace: 'kube-system', name: 'coredns' }, data: { Corefile: corefile } }, { fieldManager: 'kubectl' });
    writeFileSync(
      join(api.folder, 'values.yaml'),
      'controlPlane: { priorityClassName: urgent, nodeSelector: { disk: fast } }\nsecrets: [{ namespace: edge }]\n',
    );
    const values = ['-f', join(api.folder, 'values.yaml'), '--set', 'gateways.provision=[shop, nowhere]', '--revision', 'blue'];
    const { stdout } = onCluster('check', '--pre', '--kubernetes', '-o', 'json', ...values);
    const { sections } = JSON.parse(stdout) as { sections: { lines: { findings: { code: string; words: string }[] }[] }[] };
    expect(sections[0]?.lines.flatMap(({ findings }) => findings.map(({ code, words }) => `${code} ${words}`))).toEqual([
      'WEFT2488 controlPlane.priorityClassName: there is no PriorityClass urgent',
      'WEFT2488 gateways.provision[1]: there is no Namespace nowhere',
      'WEFT2488 controlPlane.nodeSelector: no node has the labels disk=fast',
      "WEFT2489 the cluster's DNS knows Services in k8s.example, and clusterDomain is cluster.local",
    ]);
    expect(onCluster('check', '--pre', '--kubernetes', '--set', 'clusterdomain=x')).toMatchObject({
      status: 65,
      stderr: expect.stringContaining('clusterDomain'),
    });
  });

  test('weft upgrade --plan: nothing where nothing changes, else what and how', () => {
    expect(onCluster('upgrade', '--plan', ...SECRETS_GIVEN)).toMatchObject({ status: 0, stdout: expect.stringContaining('as it would be now') });
    const { status, stdout } = onCluster('upgrade', '--plan', ...SECRETS_GIVEN, '--set', 'controlPlane.replicas=3');
    expect(stdout).toMatch(/^changed {2}Deployment weft-system\/weft\n[\s\S]*\n- {2}replicas: 2\n\+ {2}replicas: 3\n/);
    expect(stdout.match(/^changed|^new/gm)).toHaveLength(1);
    expect(status).toBe(1);
  });

  test('weft uninstall names what is there, the namespace last; definitions with documents stay', async () => {
    await api.client.create(WORKLOADS, { metadata: { namespace: 'shop', name: 'w' }, spec: { address: '10.0.0.1' } });
    const refused = onCluster('uninstall', '--crds');
    expect(refused).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('1 workloads') });
    const beside = documentsOf(onCluster('uninstall').stdout).map(({ kind }) => kind);
    expect(beside).toContain('Deployment');
    // another revision goes on, in the same namespace
    expect(beside).not.toContain('Namespace');
    await api.client.delete(DEPLOYMENTS, { namespace: 'weft-system', name: 'weft-canary' });
    expect(documentsOf(onCluster('uninstall').stdout).at(-1)).toMatchObject({ kind: 'Namespace', metadata: { name: 'weft-system' } });
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
