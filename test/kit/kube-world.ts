// A kube cluster without nodes, and control planes of it: pods' statuses are written as a kubelet would, their tokens asked for as one does.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { CONTROL_PLANE_NAME } from '../../src/api/index.ts';
import { systemClock } from '../../src/bin/clock.ts';
import { type ControlPlaneOptions, openControlPlane, type RunningControlPlane } from '../../src/bin/control-plane.ts';
import { definitions, manifests, readValues } from '../../src/install/index.ts';
import type { KubeConfig, KubeObject, ResourceType } from '../../src/kube/index.ts';
import { kindOf } from '../../src/policy/index.ts';
import { AdsClient, dialAds } from './ads-client.ts';
import { KubeApi } from './kube-api.ts';

export const core = (plural: string, kind: string, namespaced = true): ResourceType => ({ group: '', version: 'v1', plural, kind, namespaced });
export const PODS = core('pods', 'Pod');
export const SERVICES = core('services', 'Service');
export const NAMESPACES = core('namespaces', 'Namespace', false);
export const ACCOUNTS = core('serviceaccounts', 'ServiceAccount');
const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

export function typeOf(apiVersion: string, name: string): ResourceType {
  const found = kindOf(apiVersion, name);
  if (found === undefined) throw new Error(`no kind ${name}`);
  return found;
}

/** Defines Gateway API and our kinds, and a namespace `shop`. */
export async function startCluster(): Promise<KubeApi> {
  const api = await KubeApi.start();
  const text = readFileSync(join(process.env['KUBEBUILDER_ASSETS'] ?? '', 'gateway-api-standard.yaml'), 'utf8');
  const theirs = parseAllDocuments(text).map((each) => each.toJS() as KubeObject | null);
  const gatewayApi = theirs.filter((each) => each?.kind === 'CustomResourceDefinition') as KubeObject[];
  for (const definition of [...(definitions() as unknown as KubeObject[]), ...gatewayApi])
    await api.client.apply(DEFINITIONS, definition, { fieldManager: 'weft', force: true });
  for (const name of ['shop', 'weft-system']) await api.client.create(NAMESPACES, { metadata: { name } });
  await api.client.create(ACCOUNTS, { metadata: { name: 'web', namespace: 'shop' } });
  return api;
}

/** A pod of account `web` in `shop` that runs; its uid. */
export async function runPod(api: KubeApi, name: string, address: string, annotations: Readonly<Record<string, string>> = {}): Promise<string> {
  const pod = await api.client.create(PODS, {
    metadata: { name, namespace: 'shop', labels: { app: 'web' }, annotations },
    spec: {
      serviceAccountName: 'web',
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'web', image: 'web', ports: [{ name: 'http', containerPort: 8080 }] }],
    },
  });
  const status = { phase: 'Running', podIP: address, podIPs: [{ ip: address }], conditions: [{ type: 'Ready', status: 'True' }] };
  await api.client.merge(PODS, { namespace: 'shop', name }, { status }, 'status');
  return pod.metadata.uid ?? '';
}

export interface TokenAsk {
  readonly audience?: string;
  readonly pod?: { readonly name: string; readonly uid: string };
}

/** A token of account `web`, bound to a pod, as the kubelet asks for it. */
export async function podToken(api: KubeApi, { audience = 'weft', pod }: TokenAsk): Promise<string> {
  const type: ResourceType = { group: '', version: 'v1', plural: 'serviceaccounts/web/token', kind: 'TokenRequest', namespaced: true };
  const bound = pod === undefined ? {} : { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', ...pod } };
  const answer = await api.client.create(type, {
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name: '', namespace: 'shop' },
    spec: { audiences: [audience], expirationSeconds: 3600, ...bound },
  });
  return (answer['status'] as { readonly token: string }).token;
}

export interface KubePlane extends AsyncDisposable {
  readonly running: RunningControlPlane;
  readonly folder: string;
  /** What it logged. */
  readonly said: string[];
  /** A proxy that shows this token. */
  proxy(token: string): AdsClient;
  /** A call of the management API, as the administrator: status and text. */
  ask(path: string, init?: RequestInit): Promise<{ readonly status: number; readonly text: string }>;
}

/** A control plane of the cluster; `folder` of one before it is a restart. */
export async function openPlane(
  api: KubeApi,
  folder = mkdtempSync(join(tmpdir(), 'weft-kube-plane-')),
  more: Partial<ControlPlaneOptions> = {},
): Promise<KubePlane> {
  const said: string[] = [];
  const loopback = { host: '127.0.0.1', port: 0 };
  const running = await openControlPlane({
    directory: folder,
    api: loopback,
    xds: loopback,
    clock: systemClock,
    log: (level, message, details) => void said.push(`${level} ${message} ${JSON.stringify(details)}`),
    kubernetes: { config: { ...api.config, namespace: 'weft-system' } },
    ...more,
  });
  const clients: AdsClient[] = [];
  return {
    running,
    folder,
    said,
    proxy: (token) => {
      const port = Number(running.xdsAddress.split(':').pop());
      const rootPem = readFileSync(join(folder, 'ca/root.pem'), 'utf8');
      const client = new AdsClient(dialAds({ port, rootPem, serverName: CONTROL_PLANE_NAME }, token)).start();
      clients.push(client);
      return client;
    },
    ask: async (path, init = {}) => {
      const answer = await fetch(`${running.apiUrl}${path}`, { ...init, headers: { authorization: `Bearer ${running.adminToken}`, ...init.headers } });
      return { status: answer.status, text: await answer.text() };
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.close();
      await running[Symbol.asyncDispose]();
    },
  };
}

export const forget = (folder: string): void => rmSync(folder, { recursive: true, force: true });

const RBAC_PLURALS: Readonly<Record<string, string>> = {
  ServiceAccount: 'serviceaccounts',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
};

/** The control plane's own account with the rights that `weft install` gives it, and what it finds in its pod. */
export async function installedConfig(api: KubeApi): Promise<KubeConfig> {
  const values = readValues([{ from: 'test', value: {} }]);
  if (!values.ok) throw new Error(JSON.stringify(values.error));
  for (const manifest of manifests({ values: values.value, version: '1.2.3' })) {
    const plural = RBAC_PLURALS[manifest.kind];
    if (plural === undefined) continue;
    const [version = '', group = ''] = manifest.apiVersion.split('/').reverse();
    const type = { group, version, plural, kind: manifest.kind, namespaced: manifest.metadata.namespace !== undefined };
    await api.client.apply(type, manifest as unknown as KubeObject, { fieldManager: 'kubectl', force: true });
  }
  const tokens: ResourceType = { group: '', version: 'v1', plural: 'serviceaccounts/weft/token', kind: 'TokenRequest', namespaced: true };
  const request = { apiVersion: 'authentication.k8s.io/v1', metadata: { name: '', namespace: 'weft-system' }, spec: { expirationSeconds: 3600 } };
  const { token } = (await api.client.create(tokens, request))['status'] as { readonly token: string };
  return { ...api.config, namespace: 'weft-system', bearer: { kind: 'token', token } };
}
