// S-07: a proxy gets only its own. 50 identities, each asking by name for everything that anybody has, over the real server.
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepLease } from '../../bench/join.ts';
import { CONTROL_PLANE_NAME, type JoinRequest } from '../../src/api/index.ts';
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane, type RunningControlPlane } from '../../src/bin/control-plane.ts';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  RESOURCE_TYPES,
  type ResourceType,
  SecretSchema,
  TYPE_URLS,
} from '../../src/envoy/index.ts';
import { Authority } from '../../src/identity/index.ts';
import { openMachineClient } from '../../src/machine/control-plane.ts';
import { dialAds } from '../kit/ads-client.ts';
import { joinRequest } from '../kit/join-request.ts';
import { eventually } from '../kit/shop.ts';

/** Public keys, and what is looked at by itself: whose certificate it is. */
const PUBLIC: ReadonlySet<string> = new Set(['workload', 'bundle', 'callers', 'system-bundle'].map((name) => `${TYPE_URLS.secret} ${name}`));
const COUNT = 50;
const GATEWAY = 'edge';

interface Member {
  readonly id: string;
  readonly account: string;
  readonly token: string;
}

let directory: string;
let plane: RunningControlPlane;
let leave: readonly (() => void)[] = [];
let members: readonly Member[];
let rootPem: string;
let port: number;

async function api<T>(path: string, body?: unknown): Promise<T> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(plane.apiUrl + path, { ...init, headers: { authorization: `Bearer ${plane.adminToken}`, 'content-type': 'application/json' } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const account = (n: number): string => (n === 0 ? GATEWAY : `svc-${n}`);

function documents(): readonly unknown[] {
  const elsewhere = mkdtempSync(join(tmpdir(), 'weft-edge-'));
  const pair = Authority.open({ directory: elsewhere, trustDomain: 'edge.example', clock: systemClock }).serverCertificate(['edge.example']);
  rmSync(elsewhere, { recursive: true, force: true });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'edge-tls', namespace: 'shop' },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': pair.certificatePem, 'tls.key': pair.keyPem },
  };
  const listeners = [{ name: 'https', port: 8443, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'edge-tls' }] } }];
  const gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: GATEWAY, namespace: 'shop' },
    spec: { gatewayClassName: 'weft', listeners },
  };
  const each = Array.from({ length: COUNT - 1 }, (_, n) => account(n + 1)).flatMap((name, n) => [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'shop' },
      spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 'http', appProtocol: 'http' }] },
    },
    // every second one may see nothing but itself
    ...(n % 2 === 0
      ? [{ apiVersion: 'weft.dev/v1alpha1', kind: 'Scope', metadata: { name, namespace: 'shop' }, spec: { selector: { app: name }, services: [name] } }]
      : []),
  ]);
  return [secret, gateway, ...each];
}

function request(token: string, name: string): JoinRequest {
  if (name === GATEWAY) return joinRequest(token, name, { createService: false, gateway: true, ports: [], capture: { mode: 'none' } });
  return joinRequest(token, name, { createService: false, ports: [{ name: 'http', port: 8080, proxyPort: 18_080 }] });
}

async function joinAs(name: string): Promise<Member> {
  const { token } = await api<{ token: string }>('/weft/v1/tokens', { namespace: 'shop', serviceAccount: name });
  const machine = await openMachineClient({ host: '127.0.0.1', port }, token);
  try {
    const { proxyToken, workload } = await machine.join(request(token, name));
    return { id: workload, account: name, token: proxyToken };
  } finally {
    machine.close();
  }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weft-own-'));
  const loopback = { host: '127.0.0.1', port: 0 };
  plane = await openControlPlane({ directory, api: loopback, xds: loopback, clock: systemClock, log: () => {} });
  port = Number(plane.xdsAddress.split(':').pop());
  rootPem = readFileSync(join(directory, 'ca/root.pem'), 'utf8');
  await api('/weft/v1/apply', { documents: documents() });
  members = await Promise.all(Array.from({ length: COUNT }, (_, n) => joinAs(account(n))));
  // Their machines are alive, however long asking takes.
  leave = members.map(({ token }) => keepLease({ rootPem, xdsAddress: plane.xdsAddress }, token));
});
afterAll(async () => {
  for (const each of leave) each();
  await plane[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

type Got = Map<string, { readonly version: string; readonly bytes: Uint8Array }>;

/** A stream that asks for these names, of every type, whatever it is entitled to; what it was given when nothing more came. */
async function pry(
  member: Member,
  names: Readonly<Record<string, readonly string[]>>,
  node: Record<string, unknown> = {},
): Promise<{ readonly got: Got; readonly own: readonly Shown[] }> {
  const transport = dialAds({ port, rootPem, serverName: CONTROL_PLANE_NAME }, member.token);
  const got: Got = new Map();
  const answered = new Set<string>();
  let over = '';
  transport.listen(
    (bytes) => {
      const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
      answered.add(response.typeUrl);
      for (const { name, version, resource } of response.resources)
        got.set(`${response.typeUrl} ${name}`, { version, bytes: resource?.value ?? new Uint8Array() });
      transport.send(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { typeUrl: response.typeUrl, responseNonce: response.nonce })));
    },
    (code, words) => {
      over = `${code} ${words}`;
    },
  );
  for (const type of RESOURCE_TYPES) {
    const fields = { typeUrl: TYPE_URLS[type], resourceNamesSubscribe: [...(names[type] ?? []), '*'] };
    transport.send(toBinary(DeltaDiscoveryRequestSchema, create(DeltaDiscoveryRequestSchema, { ...fields, node: { id: member.id, ...node } })));
  }
  const asked = RESOURCE_TYPES.filter((type) => type !== 'extension').map((type) => TYPE_URLS[type]);
  await eventually(`${member.id} is answered (${over})`, async () => (over !== '' || asked.every((url) => answered.has(url)) ? true : undefined));
  const own = over === '' ? await entitled(member) : [];
  transport.close();
  if (over !== '') throw new Error(over);
  return { got, own };
}

interface Shown {
  readonly type: ResourceType;
  readonly name: string;
  readonly version: string;
}

/** What a proxy should hold, as the control plane tells an administrator. */
const entitled = async ({ id }: Member): Promise<readonly Shown[]> => (await api<{ items: readonly Shown[] }>(`/weft/v1/proxies/${id}/resources`)).items;

/** Version of an answer that says nothing (xds/fallback.ts). */
const ABSENT = 'absent';
const said = (bytes: Uint8Array | undefined, word: string): string =>
  Buffer.from(bytes ?? [])
    .toString('latin1')
    .replaceAll(word, '');

describe('S-07', () => {
  it('50 identities ask for everything that any of them has: each gets its own and nothing else', async () => {
    const first = await Promise.all(members.map((member) => pry(member, {})));
    const names: Record<string, Set<string>> = Object.fromEntries(RESOURCE_TYPES.map((type) => [type, new Set<string>()]));
    for (const type of RESOURCE_TYPES)
      for (const { got } of first)
        for (const key of got.keys()) if (key.startsWith(`${TYPE_URLS[type]} `)) names[type]?.add(key.slice(TYPE_URLS[type].length + 1));
    for (const { id, account: name } of members)
      for (const guess of [id, name, `workload/${id}`, `spiffe://example.mesh/ns/shop/sa/${name}`]) names['secret']?.add(guess);
    for (const guess of ['Secret/shop/edge-tls', 'shop/edge-tls', 'edge-tls', 'workload', 'bundle', 'callers', '../tokens.key', 'ca/root.key'])
      names['secret']?.add(guess);
    const everything = Object.fromEntries(
      Object.entries(names).map(([type, set]) => [type, [...set].flatMap((name) => [name, ...(name.includes('svc') ? [name.replaceAll('svc', 'zzz')] : [])])]),
    );
    expect(everything['secret']).toContain('Secret/shop/edge-tls');
    let compared = 0;
    const keys = new Set<string>();
    for (const member of members) {
      const { got, own: shown } = await pry(member, everything);
      const own = new Map(shown.map(({ type, name, version }) => [`${TYPE_URLS[type]} ${name}`, version]));
      const leaked = [...got]
        .filter(([key, { version }]) => !PUBLIC.has(key) && version !== ABSENT && own.get(key) !== version)
        .map(([key]) => `${key}: ${own.get(key)}`);
      expect(leaked, member.id).toEqual([]);
      // What is not for it looks as what is not there at all.
      for (const [key, { version, bytes }] of got)
        if (version === ABSENT && key.includes('svc')) expect(said(bytes, 'svc'), key).toBe(said(got.get(key.replaceAll('svc', 'zzz'))?.bytes, 'zzz'));
      const secret = fromBinary(SecretSchema, got.get(`${TYPE_URLS.secret} workload`)?.bytes ?? new Uint8Array());
      const certificate = secret.type.case === 'tlsCertificate' ? secret.type.value : undefined;
      const chain = certificate?.certificateChain?.specifier;
      const key = certificate?.privateKey?.specifier;
      expect(new X509Certificate(String(chain?.value)).subjectAltName).toBe(`URI:spiffe://example.mesh/ns/shop/sa/${member.account}`);
      keys.add(String(key?.value));
      const hasGatewayKey = got.has(`${TYPE_URLS.secret} Secret/shop/edge-tls`);
      expect(hasGatewayKey, member.id).toBe(member.account === GATEWAY);
      compared += Object.values(everything).reduce((sum, all) => sum + all.length, 0);
    }
    expect(keys.size).toBe(COUNT);
    expect(compared).toBeGreaterThan(10_000);
  }, 120_000);

  it('what the node says of itself changes nothing: id, cluster, metadata, locality', async () => {
    const [gateway, web, other] = members;
    if (gateway === undefined || web === undefined || other === undefined) return expect.fail('no members');
    const { got: honest } = await pry(web, {});
    const metadata = { WORKLOAD: gateway.id, identity: `spiffe://example.mesh/ns/shop/sa/${GATEWAY}`, ROLE: 'gateway' };
    for (const pretended of [gateway, other]) {
      const { got } = await pry(web, { secret: ['Secret/shop/edge-tls', 'workload'] }, { id: pretended.id, cluster: pretended.account, metadata });
      expect([...got.keys()].sort()).toEqual([...honest.keys(), ...[`${TYPE_URLS.secret} workload`].filter((key) => !honest.has(key))].sort());
      const secret = fromBinary(SecretSchema, got.get(`${TYPE_URLS.secret} workload`)?.bytes ?? new Uint8Array());
      const chain = secret.type.case === 'tlsCertificate' ? secret.type.value.certificateChain?.specifier.value : '';
      expect(new X509Certificate(String(chain)).subjectAltName).toBe(`URI:spiffe://example.mesh/ns/shop/sa/${web.account}`);
    }
  });

  it('no other service answers on the port, with a token or without: state of the world, unary, CSDS, reflection', async () => {
    const trust = credentials.createFromSecureContext(createSecureContext({ ca: rootPem, minVersion: 'TLSv1.3' }));
    const client = new Client(`127.0.0.1:${port}`, trust, { 'grpc.ssl_target_name_override': CONTROL_PLANE_NAME });
    const status = (method: string, token: string | undefined): Promise<number> =>
      new Promise((done) => {
        const metadata = new Metadata();
        if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
        const same = (bytes: Buffer): Buffer => bytes;
        client.makeUnaryRequest(`/${method}`, same, same, Buffer.alloc(0), metadata, (error) => done(error?.code ?? 0));
      });
    const methods = [
      'envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
      'envoy.service.secret.v3.SecretDiscoveryService/FetchSecrets',
      'envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets',
      'envoy.service.secret.v3.SecretDiscoveryService/DeltaSecrets',
      'envoy.service.cluster.v3.ClusterDiscoveryService/FetchClusters',
      'envoy.service.listener.v3.ListenerDiscoveryService/FetchListeners',
      'envoy.service.route.v3.RouteDiscoveryService/FetchRoutes',
      'envoy.service.endpoint.v3.EndpointDiscoveryService/FetchEndpoints',
      'envoy.service.status.v3.ClientStatusDiscoveryService/FetchClientStatus',
      'envoy.service.status.v3.ClientStatusDiscoveryService/StreamClientStatus',
      'grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
      'grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
      'grpc.channelz.v1.Channelz/GetServers',
    ];
    for (const method of methods) for (const token of [undefined, members[0]?.token]) expect(await status(method, token), method).toBe(12);
    client.close();
  });

  it('nothing is said in plaintext, nor to a stream without a token or with another’s signature', async () => {
    const said = await new Promise<string>((done) => {
      let text = '';
      const socket = connectPlain(port, '127.0.0.1', () => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'));
      socket.on('data', (bytes) => {
        text += String(bytes);
      });
      socket.on('error', () => done(text));
      socket.once('close', () => done(text));
    });
    expect(said).not.toMatch(/[ -~]{4}/);
    const [member] = members;
    if (member === undefined) return expect.fail('no member');
    const [head, body, signature = ''] = member.token.split('.');
    const other = Buffer.from(signature, 'base64url');
    other[3] = (other[3] ?? 0) ^ 1;
    for (const token of ['', `${head}.${body}.${other.toString('base64url')}`, `${head}.${body}.`, 'hello'])
      await expect(pry({ ...member, token }, {})).rejects.toThrow(/^16 /);
  }, 60_000);
});
