import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import { CONTROL_PLANE_NAME, type JoinRequest, JoinRequestSchema, MACHINE_SERVICE } from '../api/index.ts';
import { WeftError } from '../base/index.ts';
import { Authority } from '../identity/index.ts';
import { fingerprintOf, type GrpcServer, serveGrpc } from '../wire/index.ts';
import { openMachineClient } from './control-plane.ts';

let directory = '';
let authority: Authority;
let server: GrpcServer | undefined;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'weft-client-'));
  authority = Authority.open({ directory, trustDomain: 'example.mesh', clock: { ...fakeClock(), now: () => Date.now() } });
});
afterEach(async () => {
  await server?.close(0);
  server = undefined;
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = (root: string): string => `${part({})}.${part({ aud: 'weft-join', root, ns: 'shop', sa: 'web', exp: 4_000_000_000 })}.c2ln`;

interface Call {
  readonly method: string;
  readonly request: unknown;
  readonly token: string | undefined;
}

async function serve(answer: (call: Call) => unknown): Promise<number> {
  const methods = Object.fromEntries(
    ['Join', 'Renew', 'Report', 'Leave'].map((method) => [
      method,
      {
        kind: 'unary' as const,
        handle: async (bytes: Uint8Array, call: { readonly token: string | undefined }) => {
          const request: unknown = JSON.parse(Buffer.from(bytes).toString());
          return Buffer.from(JSON.stringify(answer({ method, request, token: call.token })));
        },
      },
    ]),
  );
  server = await serveGrpc({
    host: '127.0.0.1',
    port: 0,
    tls: authority.serverCertificate([CONTROL_PLANE_NAME]),
    services: [{ name: MACHINE_SERVICE, methods }],
  });
  return server.port;
}

const request: JoinRequest = {
  token: 't',
  service: 'web',
  createService: true,
  instance: '1',
  labels: {},
  address: '127.0.0.1',
  ports: [{ name: 'port-80', port: 8080, proxyPort: 20_000, servicePort: 80 }],
  zone: '',
  weight: 1,
  capture: { mode: 'none' },
  bind: '127.0.0.1',
  hostLoopback: '',
  envoy: { version: '1.40.0', adminSocket: '/a', readySocket: '/r', tokenFile: '/t', tokenDirectory: '/d', tokenResource: '/s', xdsAddress: '127.0.0.1:7401' },
};

async function refusal(call: Promise<unknown>): Promise<WeftError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof WeftError) return error;
  throw new Error(`not refused by a WeftError: ${String(error)}`);
}

describe('the machine protocol', () => {
  const good = (): string => token(fingerprintOf(authority.bundle()));

  test('all four calls, each with what it carries', async () => {
    const calls: Call[] = [];
    const reply = {
      workload: 'shop/web-1',
      identity: 'spiffe://m/ns/shop/sa/web',
      proxyToken: 'p',
      renewAfterMs: 1,
      leaseMs: 2,
      rootPem: 'root',
      bootstrap: '{}',
      createdService: '',
    };
    const port = await serve((call) => {
      calls.push(call);
      return { Join: reply, Renew: { proxyToken: 'q', renewAfterMs: 1, leaseMs: 2, rootPem: 'root' }, Report: { seen: 1, total: 2 }, Leave: {} }[call.method];
    });
    const client = await openMachineClient({ host: '127.0.0.1', port }, good());
    expect(await client.join(request)).toEqual(reply);
    expect(await client.renew('p')).toMatchObject({ proxyToken: 'q' });
    expect(await client.report('q', { state: 'Ready' }, 5000)).toEqual({ seen: 1, total: 2 });
    await client.leave('q');
    client.close();
    expect(calls.map(({ method, token: bearer }) => `${method} ${bearer ?? '-'}`)).toEqual(['Join -', 'Renew p', 'Report q', 'Leave q']);
    expect(JoinRequestSchema.parse(calls[0]?.request)).toEqual(request);
  });

  test('a control plane of another root is refused before anything is sent to it', async () => {
    const calls: Call[] = [];
    const port = await serve((call) => void calls.push(call));
    const error = await refusal(openMachineClient({ host: '127.0.0.1', port }, token('0'.repeat(64))));
    expect(error.code).toBe('machine/join-refused');
    expect(error.message).toContain('is not the one this token was made by');
    expect(calls).toEqual([]);
  });

  test('nobody there, and no token, each in words', async () => {
    const port = await serve(() => ({}));
    await server?.close(0);
    const gone = await refusal(openMachineClient({ host: '127.0.0.1', port }, good()));
    expect(gone.code).toBe('machine/unreachable');
    expect(gone.message).toContain('is `weft up` running there?');
    const none = await refusal(openMachineClient({ host: '127.0.0.1', port }, 'hello'));
    expect(none.code).toBe('machine/join-refused');
    expect(none.message).toContain('this is no join token');
  });

  test('what the control plane refuses keeps its words; what is no reply says so', async () => {
    const port = await serve(({ method }) => {
      if (method === 'Join') throw new WeftError('not-signed-in', { retryable: false, grpc: 16, http: 401 }, 'the join token was used already');
      return { nonsense: true };
    });
    const client = await openMachineClient({ host: '127.0.0.1', port }, good());
    expect(await refusal(client.join(request))).toMatchObject({ code: 'unauthenticated', message: 'the join token was used already' });
    expect((await refusal(client.renew('p'))).message).toContain('use the same version of weft');
    client.close();
  });
});
