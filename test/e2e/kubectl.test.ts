// An unmodified kubectl against the management API: `KUBECTL=/path/to/kubectl`, else the one on PATH.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Authority } from '../../src/identity/index.ts';
import { kubeconfig } from '../../src/manage/index.ts';
import { realClock } from '../contract/store-kit.ts';
import { openTestApi, type TestApi } from '../kit/manage-api.ts';
import { needs } from '../kit/require.ts';

const kubectl = process.env['KUBECTL'] ?? 'kubectl';
const { skip } = needs('kubectl', spawnSync(kubectl, ['version', '--client']).status === 0);

const SHOP = `apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: shop }
spec: { selector: { app: checkout }, ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: checkout, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: checkout }]
  rules:
    - name: everyone
      backendRefs: [{ name: checkout, port: 80, weight: 90 }]
`;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let probe: TestApi;
let api: TestApi;

beforeAll(async () => {
  probe = await openTestApi();
  const authority = Authority.open({ directory: join(probe.folder, 'identity'), trustDomain: 'example.mesh', clock: realClock });
  api = await openTestApi({ tls: authority.serverCertificate(['localhost', '127.0.0.1']) });
  writeFileSync(join(api.folder, 'kubeconfig'), kubeconfig({ url: `https://127.0.0.1:${api.api.port}`, rootPem: authority.bundle(), token: api.token }), {
    mode: 0o600,
  });
  writeFileSync(join(api.folder, 'shop.yaml'), SHOP);
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await probe[Symbol.asyncDispose]();
});

async function run(line: string, stdin = ''): Promise<Ran> {
  const child = spawn(kubectl, line.split(' '), {
    cwd: api.folder,
    env: { ...process.env, KUBECONFIG: join(api.folder, 'kubeconfig'), HOME: api.folder },
    timeout: 60_000,
  });
  const words = { out: '', err: '' };
  child.stdout.on('data', (chunk) => {
    words.out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    words.err += chunk;
  });
  child.stdin.end(stdin);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, ...words };
}

/** Runs and insists on success; what it printed. */
async function good(line: string, stdin = ''): Promise<string> {
  const { code, out, err } = await run(line, stdin);
  expect([line, code, err]).toEqual([line, 0, expect.anything()]);
  return out;
}

test.skipIf(skip)('version, api-resources, explain', async () => {
  expect(await good('version')).toMatch(/Server Version: v1\.\d+\.0\+weft/);
  expect(await good('api-resources')).toMatch(/services\s+svc\s+v1\s+true\s+Service[\s\S]*httproutes\s+gateway\.networking\.k8s\.io\/v1\s+true\s+HTTPRoute/);
  expect(await good('explain httproute.spec.rules.backendRefs')).toMatch(/KIND:\s+HTTPRoute[\s\S]*weight\s+<integer>/);
  expect(await good('explain svc --recursive')).toMatch(/targetPort/);
});

test.skipIf(skip)('apply, again, diff, get, describe', async () => {
  expect(await good('apply -f shop.yaml')).toBe('service/checkout created\nhttproute.gateway.networking.k8s.io/checkout created\n');
  const { revision } = api.store;
  expect(await good('apply -f shop.yaml')).toContain('service/checkout unchanged');
  expect(api.store.revision).toBe(revision);
  expect((await run('diff -f shop.yaml')).code).toBe(0);
  const changed = await run('diff -f -', SHOP.replace('weight: 90', 'weight: 10'));
  expect([changed.code, changed.out]).toEqual([1, expect.stringMatching(/-\s+weight: 90\n\+\s+weight: 10/)]);
  expect(await good('get svc -n shop')).toMatch(/^NAME\s+CLUSTER-IP\s+PORT\(S\)\s+AGE\ncheckout\s+2\d\d\.\S+\s+80\s+\d+s\n$/);
  expect(await good('get svc checkout -n shop -o yaml')).toMatch(/clusterIP: 2\d\d\./);
  expect(await good('get svc,httproutes -A -o name')).toBe('service/checkout\nhttproute.gateway.networking.k8s.io/checkout\n');
  expect(await good('describe svc checkout -n shop')).toMatch(/IP:\s+2\d\d\./);
  expect(await good('describe httproute checkout -n shop')).toMatch(/Backend Refs:/);
});

test.skipIf(skip)('a mistake is told as a list with place and remedy', async () => {
  const { code, err } = await run('apply -f -', SHOP.replace('weight: 90', 'wieght: 90'));
  expect(code).toBe(1);
  expect(err).toMatch(/The HTTPRoute "checkout" is invalid: spec\.rules\[0\]\.backendRefs\[0\]\.wieght: .*did you mean "weight"/);
  expect((await run('get svc nobody -n shop')).err).toContain('services "nobody" not found');
});

test.skipIf(skip)('label, patch, server-side apply, edit, replace', async () => {
  await good('label svc checkout -n shop tier=front');
  expect(await good('get svc -n shop -l tier=front -o name')).toBe('service/checkout\n');
  await good('patch svc checkout -n shop -p {"spec":{"ports":[{"port":81,"name":"more","appProtocol":"http"}]}}');
  expect(await good('get svc checkout -n shop -o jsonpath={.spec.ports[*].port}')).toBe('80 81');
  await good('patch httproute checkout -n shop --type=json -p [{"op":"replace","path":"/spec/rules/0/name","value":"all"}]');
  await good('apply --server-side --force-conflicts -f shop.yaml');
  const { revision } = api.store;
  await good('apply --server-side --force-conflicts -f shop.yaml');
  expect(api.store.revision).toBe(revision);
  expect(await good('get svc checkout -n shop -o jsonpath={.metadata.labels.tier}')).toBe('front');
  expect(await good('replace -f shop.yaml')).toContain('service/checkout replaced');
});

test.skipIf(skip)('wait and watch see what happens', async () => {
  const waiting = good('wait --for=condition=Accepted httproute/checkout -n shop --timeout=30s');
  const status = {
    conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  };
  const written = await api.call('PATCH', '/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/checkout/status', {
    body: { status },
    type: 'application/merge-patch+json',
  });
  expect(written.status).toBe(200);
  expect(await waiting).toContain('condition met');
  const watch = spawn(kubectl, ['get', 'svc', '-n', 'shop', '-w', '-o', 'name'], {
    env: { ...process.env, KUBECONFIG: join(api.folder, 'kubeconfig'), HOME: api.folder },
  });
  try {
    await once(watch.stdout, 'data');
    const next = once(watch.stdout, 'data');
    await good('annotate svc checkout -n shop note=x');
    expect(String((await next)[0])).toBe('service/checkout\n');
  } finally {
    watch.kill();
  }
});

test.skipIf(skip)('delete waits until it is gone', async () => {
  expect(await good('delete -f shop.yaml')).toMatch(/service "checkout" deleted[\s\S]*httproute\.gateway\.networking\.k8s\.io "checkout" deleted/);
  expect((await run('get svc,httproutes -A')).err).toContain('No resources found');
  expect(await good('create -f - -o name', SHOP)).toContain('service/checkout');
  await good('delete svc,httproute --all -n shop');
  expect(api.store.list().documents).toEqual([]);
});

test.skipIf(skip)('a user with a role in one namespace: what kubectl may, and what it is told', async () => {
  const { body } = await api.call('POST', '/weft/v1/users/tokens', { body: { user: 'ann' } });
  await good(
    'create -f -',
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: { name: ann, namespace: shop }\nsubjects: [{ kind: User, name: ann }]\nroleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit }\n',
  );
  expect(await good('get rolebindings -n shop')).toMatch(/ann\s+edit/);
  const config = readFileSync(join(api.folder, 'kubeconfig'), 'utf8');
  writeFileSync(join(api.folder, 'kubeconfig'), config.replace(api.token, body.token));
  expect(await good('apply -f shop.yaml')).toContain('service/checkout created');
  expect((await run('get svc -A')).err).toContain('user "ann" may not list services in all namespaces');
  expect((await run('get rolebindings -n shop')).err).toContain('Forbidden');
  expect(await run('auth can-i delete services -n shop')).toMatchObject({ code: 0, out: 'yes\n' });
  expect(await run('auth can-i delete services -n other')).toMatchObject({ code: 1, out: expect.stringMatching(/^no/) });
  expect(await good('auth whoami')).toMatch(/Username\s+ann/);
  expect(await good('delete -f shop.yaml')).toContain('deleted');
});
