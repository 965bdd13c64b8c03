// Who may ask at the webhooks, with a real API server that has a certificate for it in its admission configuration, as an administrator writes it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/bin/clock.ts';
import { WebhookMeters } from '../../src/bin/own-metrics/webhook-meters.ts';
import { openWebhooks, type RunningWebhooks } from '../../src/bin/webhooks/open.ts';
import { MUTATING, putWebhookTrust, webhookNames } from '../../src/bin/webhooks/trust.ts';
import { Authority } from '../../src/identity/index.ts';
import { DEFAULT_SETTINGS } from '../../src/inject/index.ts';
import type { KubeObject, ResourceType } from '../../src/kube/index.ts';
import { hasKubeApi, KubeApi } from '../kit/kube-api.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';

const NAMESPACES: ResourceType = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
const PODS: ResourceType = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

const openssl = (cwd: string, ...args: readonly string[]): void => void execFileSync('openssl', args, { cwd, stdio: 'ignore' });

/** An authority, and two certificates of it. */
function certificates(folder: string): void {
  openssl(
    folder,
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '30',
    '-subj',
    '/CN=webhook clients',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  for (const name of ['kube-apiserver', 'somebody']) {
    openssl(
      folder,
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    openssl(folder, 'x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-out', `${name}.crt`);
  }
}

/** Kubernetes documentation, "Authenticate API servers": a kubeconfig whose users are named like the servers that are asked. */
function admissionConfiguration(folder: string): readonly string[] {
  certificates(folder);
  const user = { 'client-certificate': join(folder, 'kube-apiserver.crt'), 'client-key': join(folder, 'kube-apiserver.key') };
  writeFileSync(join(folder, 'webhooks.kubeconfig'), JSON.stringify({ apiVersion: 'v1', kind: 'Config', users: [{ name: '*', user }] }));
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'WebhookAdmissionConfiguration',
    kubeConfigFile: join(folder, 'webhooks.kubeconfig'),
  };
  const plugins = ['MutatingAdmissionWebhook', 'ValidatingAdmissionWebhook'].map((name) => ({ name, configuration }));
  writeFileSync(join(folder, 'admission.yaml'), JSON.stringify({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AdmissionConfiguration', plugins }));
  return [`--admission-control-config-file=${join(folder, 'admission.yaml')}`];
}

describe.skipIf(needs('kube-apiserver', hasKubeApi).skip)('webhooks that know who asks', () => {
  let api: KubeApi;
  let webhooks: RunningWebhooks;
  const meters = new WebhookMeters();
  const folder = mkdtempSync(join(tmpdir(), 'weft-webhook-clients-'));

  beforeAll(async () => {
    api = await KubeApi.start(admissionConfiguration);
    const authority = Authority.open({ directory: folder, trustDomain: 'cluster.local', clock: systemClock });
    webhooks = await openWebhooks({
      settings: {
        host: '127.0.0.1',
        port: 0,
        names: [],
        clients: { file: join(api.folder, 'ca.crt'), names: ['kube-apiserver'] },
        inject: { ...DEFAULT_SETTINGS, version: '0.1.0', image: 'weft/proxy:0.1.0' },
      },
      authority,
      store: { get: () => undefined },
      analyze: () => async () => [],
      answered: meters.answered.bind(meters),
      handshakeFailed: () => meters.handshakeFailed(),
      clock: systemClock,
      log: () => undefined,
    });
    await api.client.create(NAMESPACES, { metadata: { name: 'shop', labels: { 'weft.dev/inject': 'enabled' } } });
    const webhook = {
      name: 'namespace.inject.weft.dev',
      clientConfig: { url: `https://127.0.0.1:${webhooks.port}/inject` },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] }],
      namespaceSelector: { matchLabels: { 'weft.dev/inject': 'enabled' } },
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
    };
    await api.client.create(MUTATING, { metadata: { name: 'weft-inject' }, webhooks: [webhook] });
    await putWebhookTrust(api.client, webhookNames(''), authority.bundle());
  }, 120_000);
  afterAll(async () => {
    await webhooks?.[Symbol.asyncDispose]();
    await api?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Somebody else asks, with this certificate; his status, or why it came to none. */
  const asked = (name: string | undefined): Promise<number | string> =>
    new Promise((resolve) => {
      const file = (ending: string) => readFileSync(join(api.folder, `${name}.${ending}`), 'utf8');
      const pair = name === undefined ? {} : { cert: file('crt'), key: file('key') };
      const sent = request({ host: '127.0.0.1', port: webhooks.port, path: '/inject', method: 'POST', rejectUnauthorized: false, ...pair }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      sent.end('{}');
    });

  const page = (): readonly { readonly labels?: Readonly<Record<string, string>>; readonly value: number }[] =>
    meters.families().flatMap((family) => (family.type === 'histogram' ? [] : family.samples));

  test('the API server is recognised by its certificate, and its pods are injected', async () => {
    const spec = { serviceAccountName: 'default', containers: [{ name: 'app', image: 'app:1' }] };
    await eventually('a pod is injected', async () => {
      const made = await api.client.create(PODS, { metadata: { name: 'web', namespace: 'shop' }, spec } as KubeObject, { dryRun: true });
      return (made['spec'] as { initContainers?: readonly unknown[] }).initContainers?.length === 2 ? true : undefined;
    });
    expect(page()).toEqual(expect.arrayContaining([expect.objectContaining({ labels: { webhook: '/inject', answer: 'allowed' } })]));
  });

  test('nobody else is answered: without a certificate no connection, with another name no answer', async () => {
    const before = page().at(-1)?.value ?? 0;
    // with TLS 1.3 a client hears of it after the handshake
    expect(await asked(undefined)).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET|socket hang up|HANDSHAKE/i);
    expect(page().at(-1)?.value).toBeGreaterThan(before);
    expect(await asked('somebody')).toBe(403);
    // it was no review, but it was asked who may
    expect(await asked('kube-apiserver')).toBe(400);
  });
});
