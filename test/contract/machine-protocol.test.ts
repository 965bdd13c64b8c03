// Both ends of the machine protocol over a real connection: the client of `weft run`, TLS with a pinned root, tokens, the store.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CONTROL_PLANE_NAME, JOIN_AUDIENCE, type JoinRequest, readJoinToken, XDS_AUDIENCE } from '../../src/api/index.ts';
import { type Machines, machineService } from '../../src/control/index.ts';
import { Authority, Tokens } from '../../src/identity/index.ts';
import { openMachineClient } from '../../src/machine/control-plane.ts';
import { Intake } from '../../src/manage/index.ts';
import type { TrustDomain } from '../../src/model/index.ts';
import { openSqliteStore, type Store } from '../../src/store/index.ts';
import { type GrpcServer, serveGrpc } from '../../src/wire/index.ts';
import { type FakeClock, fakeClock } from '../kit/fake-clock.ts';
import { joinRequest } from '../kit/join-request.ts';

let directory: string;
let clock: FakeClock;
let store: Store;
let tokens: Tokens;
let machines: Machines;
let server: GrpcServer;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'weft-machine-'));
  // TLS looks at the real time.
  clock = fakeClock(Date.now());
  store = openSqliteStore({ file: join(directory, 'store.db'), clock });
  const authority = Authority.open({ directory, trustDomain: 'example.mesh', clock });
  tokens = await Tokens.open({ directory, store, clock, fingerprints: () => authority.fingerprints });
  const intake = new Intake(store, { clock: { now: Date.now } });
  machines = machineService({
    tokens,
    documents: { get: (key) => store.get(key), list: (options) => store.list(options), write: (writes, author) => intake.write(writes, author) },
    clock,
    trustDomain: () => 'example.mesh' as TrustDomain,
    rootPem: () => authority.bundle(),
    seen: () => ({ seen: 0, total: 0 }),
    log: () => {},
  });
  server = await serveGrpc({ host: '127.0.0.1', port: 0, tls: authority.serverCertificate([CONTROL_PLANE_NAME]), services: [machines.service] });
});
afterEach(async () => {
  machines.close();
  await server.close(0);
  await store[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

const joinToken = (): Promise<string> => tokens.createJoin({ namespace: 'shop', serviceAccount: 'web', labels: {}, expiresAt: clock.now() + 600_000 });
const request = (token: string): JoinRequest =>
  joinRequest(token, 'web', { instance: 'a1', ports: [{ name: 'main', port: 8080, proxyPort: 18_080 }], capture: { mode: 'none' } });

describe('the machine protocol', () => {
  test('a token that expired while the control plane was away is renewed, and does nothing else; a workload that is gone is not let in by it', async () => {
    const token = await joinToken();
    const client = await openMachineClient({ host: '127.0.0.1', port: server.port }, token);
    try {
      const { proxyToken } = await client.join(request(token));
      // leases run on the monotonic clock, and the workload is still there
      clock.setNow(clock.now() + 48 * 3_600_000);
      await expect(client.report(proxyToken, { state: 'Ready' }, 5000)).rejects.toMatchObject({ code: 'unauthenticated' });
      const renewed = await client.renew(proxyToken);
      expect(renewed.proxyToken).not.toBe(proxyToken);
      expect(await client.report(renewed.proxyToken, { state: 'Ready' }, 5000)).toEqual({ seen: 0, total: 0 });
      await client.leave(renewed.proxyToken);
      await expect(client.renew(proxyToken)).rejects.toMatchObject({ code: 'not-found' });
    } finally {
      client.close();
    }
  });

  test('joins, renews, reports, leaves', async () => {
    const token = await joinToken();
    const client = await openMachineClient({ host: '127.0.0.1', port: server.port }, token);
    try {
      const joined = await client.join(request(token));
      expect(joined).toMatchObject({ workload: 'shop/web-a1', identity: 'spiffe://example.mesh/ns/shop/sa/web', createdService: 'shop/web' });
      expect(store.list({ kind: 'Service' }).documents[0]?.spec['clusterIP']).toMatch(/^2[45]\d\./);
      expect((await client.renew(joined.proxyToken)).proxyToken).toBe(joined.proxyToken);
      expect(await client.report(joined.proxyToken, { state: 'Ready', protocols: { main: 'http' } }, 5000)).toEqual({ seen: 0, total: 0 });
      expect(store.list({ kind: 'weft.dev/Workload' }).documents[0]?.spec['state']).toBe('Ready');
      await client.leave(joined.proxyToken);
      expect(store.list({ kind: 'weft.dev/Workload' }).documents).toEqual([]);
      await expect(client.renew(joined.proxyToken)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('must join again') });
      await expect(client.renew('garbage')).rejects.toMatchObject({ code: 'unauthenticated' });
      await expect(client.join(request(token))).rejects.toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('already been used') });
    } finally {
      client.close();
    }
  });

  test('a token of another control plane goes nowhere: nothing is sent', async () => {
    const elsewhere = await Tokens.open({ directory, store, clock, fingerprints: () => ['cd'.repeat(32)] });
    const token = await elsewhere.createJoin({ namespace: 'shop', serviceAccount: 'web', labels: {}, expiresAt: clock.now() + 600_000 });
    await expect(openMachineClient({ host: '127.0.0.1', port: server.port }, token)).rejects.toThrow(/is not the one this token was made by/);
    expect(store.listValues('join-tokens').size).toBe(0);
  });

  test('the audiences that clients read are those that the control plane writes', async () => {
    const audience = (token: string): unknown => (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { aud: unknown }).aud;
    const token = await joinToken();
    expect(audience(token)).toBe(JOIN_AUDIENCE);
    expect(readJoinToken(token).ok).toBe(true);
    const { token: proxy } = await tokens.issueProxy({ proxy: 'a/b' as never, workload: 'a/b' as never, id: 'spiffe://x/y' as never });
    expect(audience(proxy)).toBe(XDS_AUDIENCE);
  });
});
