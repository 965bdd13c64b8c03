// The chart in a real API server, by Helm itself: installed, upgraded, rolled back and taken away, and what the command says of its release.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { putWebhookTrust, webhookNames } from '../../src/bin/webhooks/trust.ts';
import { definitions } from '../../src/install/index.ts';
import type { KubeObject, ResourceType } from '../../src/kube/index.ts';
import { ASSETS, hasKubeApi, KubeApi } from '../kit/kube-api.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';
import { weftProgram } from '../kit/weft-program.ts';

const home = resolve(import.meta.dirname, '../..');
const HELM = process.env['WEFT_HELM'] ?? 'helm';
const hasHelm = spawnSync(HELM, ['version']).status === 0;

const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true };
const HOOKS: ResourceType = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
  namespaced: false,
};
const CLASSES: ResourceType = { group: 'gateway.networking.k8s.io', version: 'v1', plural: 'gatewayclasses', kind: 'GatewayClass', namespaced: false };
const MESHES: ResourceType = { group: 'weft.dev', version: 'v1alpha1', plural: 'meshes', kind: 'Mesh', namespaced: false };

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip || needs('helm', hasHelm).skip)('the chart in a cluster', () => {
  let api: KubeApi;
  let kubeconfig: string;

  beforeAll(async () => {
    api = await KubeApi.start();
    kubeconfig = join(api.folder, 'kubeconfig');
    const one = (name: string, of: object) => [{ name: 'a', [name]: of }];
    const clusters = one('cluster', { server: api.config.server, 'insecure-skip-tls-verify': true });
    const users = one('user', { token: 'administrator-token' });
    const contexts = one('context', { cluster: 'a', user: 'a' });
    writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', clusters, users, contexts, 'current-context': 'a' }));
    const standard = parseAllDocuments(readFileSync(join(ASSETS, 'gateway-api-standard.yaml'), 'utf8')).map(
      (each) => each.toJS() as KubeObject & { kind: string },
    );
    for (const each of standard) if (each?.kind === 'CustomResourceDefinition') await api.client.apply(DEFINITIONS, each, { fieldManager: 'kubectl' });
    await eventually('Gateway API', async () => (await api.client.page(CLASSES, {}).catch(() => undefined)) !== undefined);
  }, 120_000);
  afterAll(() => api[Symbol.asyncDispose]());

  const env = () => ({ ...process.env, KUBECONFIG: kubeconfig, HELM_CACHE_HOME: api.folder, HELM_CONFIG_HOME: api.folder, HELM_DATA_HOME: api.folder });
  const helm = (...args: readonly string[]) => spawnSync(HELM, [...args, '-n', 'weft-system'], { encoding: 'utf8', maxBuffer: 1e8, env: env() });
  const weft = (...args: readonly string[]) => spawnSync(process.execPath, [weftProgram, ...args], { encoding: 'utf8', maxBuffer: 1e8, env: env() });
  const CHART = join(home, 'deploy/helm/weft');
  const replicas = async () =>
    ((await api.client.get(DEPLOYMENTS, { namespace: 'weft-system', name: 'weft' }))?.['spec'] as { replicas: number } | undefined)?.replicas;
  const hooks = async () => (await api.client.get(HOOKS, { name: 'weft-inject' }))?.['webhooks'] as readonly { clientConfig: { caBundle?: string } }[];

  test('it is installed, definitions first, so that a Mesh may be among the objects', async () => {
    const { status, stderr, stdout } = helm('install', 'weft', CHART, '--create-namespace', '--set', 'controlPlane.replicas=1', '--set-json', 'mesh={}');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toContain('kubectl label namespace NAMESPACE weft.dev/inject=enabled');
    expect(await replicas()).toBe(1);
    expect(await api.client.get(MESHES, { name: 'default' })).toBeDefined();
    for (const { metadata } of definitions() as unknown as readonly KubeObject[]) expect(await api.client.get(DEFINITIONS, metadata)).toBeDefined();
  });

  test('weft upgrade --plan reads the values of the release: nothing changes, or what it names', () => {
    const same = weft('upgrade', '--plan');
    expect(same).toMatchObject({ status: 0, stdout: expect.stringContaining('as it would be now') });
    const other = weft('upgrade', '--plan', '--set', 'controlPlane.replicas=3');
    expect(other.stdout).toMatch(/^changed {2}Deployment weft-system\/weft\n[\s\S]*\n- {2}replicas: 1\n\+ {2}replicas: 3\n/);
    expect(other.stdout.match(/^changed|^new/gm)).toHaveLength(1);
    expect(other.stderr).toContain('helm upgrade weft deploy/helm/weft -n weft-system --reset-then-reuse-values');
    expect(other.status).toBe(1);
  });

  test('an upgrade and a rollback leave what the control plane keeps in the webhooks', async () => {
    await putWebhookTrust(api.client, webhookNames(''), 'anchors');
    const upgraded = helm('upgrade', 'weft', CHART, '--reset-then-reuse-values', '--set', 'controlPlane.replicas=3', '--set', 'injection.failurePolicy=Ignore');
    expect(upgraded).toMatchObject({ status: 0, stderr: '' });
    const bundles = async () => new Set((await hooks()).map(({ clientConfig }) => clientConfig.caBundle));
    expect([await replicas(), await bundles()]).toEqual([3, new Set([Buffer.from('anchors').toString('base64')])]);
    expect(await hooks()).toEqual(expect.arrayContaining([expect.objectContaining({ failurePolicy: 'Ignore' })]));
    expect(helm('rollback', 'weft', '1')).toMatchObject({ status: 0, stderr: '' });
    expect([await replicas(), await bundles()]).toEqual([1, new Set([Buffer.from('anchors').toString('base64')])]);
    expect(await hooks()).toEqual(expect.arrayContaining([expect.objectContaining({ failurePolicy: 'Fail' })]));
  });

  test('a value that nobody knows changes nothing', async () => {
    const { status, stderr } = helm('upgrade', 'weft', CHART, '--reset-then-reuse-values', '--set', 'controlPlane.replica=5');
    expect(stderr).toContain('replica');
    expect(status).not.toBe(0);
    expect(await replicas()).toBe(1);
  });

  test('weft uninstall leaves to Helm what is Helm’s, and definitions outlive the release', async () => {
    const said = weft('uninstall');
    expect(said.stderr).toContain('helm uninstall weft -n weft-system');
    expect(parseAllDocuments(said.stdout).map((each) => (each.toJS() as KubeObject & { kind: string }).kind)).toEqual(['Namespace']);
    expect(helm('uninstall', 'weft')).toMatchObject({ status: 0 });
    expect(await api.client.get(DEPLOYMENTS, { namespace: 'weft-system', name: 'weft' })).toBeUndefined();
    expect(await hooks()).toBeUndefined();
    for (const { metadata } of definitions() as unknown as readonly KubeObject[]) expect(await api.client.get(DEFINITIONS, metadata)).toBeDefined();
  });
});
