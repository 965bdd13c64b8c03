// I3: the root of a running mesh is changed under load, also while a proxy is frozen and the control plane dies, and what the old one signed is worth nothing afterwards.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CaView } from '../../src/api/index.ts';
import { spiffeId, type TrustDomain } from '../../src/model/index.ts';
import { corporateAuthority } from '../kit/corporate-authority.ts';
import { tree } from '../kit/cpu.ts';
import { Customer } from '../kit/customer.ts';
import { hold, knock, type Pem, placeOf } from '../kit/mesh-peer.ts';
import { authorityOfNow } from '../kit/old-authority.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

/** The full drill has 30,000: npm run drill. */
const REQUESTS = Number(process.env['WEFT_TEST_ROTATION_REQUESTS'] ?? 3000);
const RATE = 150;
const URL = 'http://ledger.shop.mesh/';
const PEER = spiffeId('example.mesh' as TrustDomain, 'shop', 'customer');
let mesh: TestMesh;
let control: Program;
let audit: Program;
let customer: Customer;
let sent = 0;

const ca = (): Promise<CaView> => mesh.call<CaView>('/weft/v1/ca');
const act = (action: string, body: unknown = {}): Promise<CaView> => mesh.call<CaView>(`/weft/v1/ca/${action}`, { method: 'POST', body });
const issuing = ({ roots }: CaView): string | undefined => roots.find(({ state }) => state === 'issuing')?.name;
const trusted = ({ roots }: CaView): readonly string[] => roots.filter(({ state }) => state !== 'dropped').map(({ name }) => name);
const TRIES = 2400;

const over = (): Promise<CaView> =>
  eventually(
    'the rotation is over',
    async () => {
      const view = await ca();
      return view.rotation === undefined ? view : undefined;
    },
    TRIES,
  );

/** Envoy of a workload, and nothing else of it. */
function envoyOf(program: Program): number {
  const found = tree(program.pid).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--drain-time-s'));
  if (found === undefined) throw new Error('no envoy');
  return found;
}

async function noneFailed(): Promise<void> {
  const { requests, failures } = await customer.report();
  sent += requests;
  expect(failures).toEqual({});
}

beforeAll(async () => {
  mesh = TestMesh.open();
  control = await mesh.up();
  const connections = { targetRefs: [{ kind: 'Service', name: 'ledger' }], maxRequestsPerConnection: 20 };
  await mesh.apply([
    serviceDocument('ledger', { app: 'ledger' }),
    { apiVersion: 'weft.dev/v1alpha1', kind: 'ConnectionPolicy', metadata: { name: 'ledger', namespace: 'shop' }, spec: connections },
  ]);
  await startApp(mesh, { service: 'ledger', args: ['--drain', '3s'] });
  await startApp(mesh, { service: 'ledger', version: 'v2', args: ['--drain', '3s'] });
  audit = await startApp(mesh, { service: 'audit' });
  customer = await Customer.start(mesh, { namespace: 'shop', target: URL, rate: RATE });
  await customer.until(URL, (answer) => answer.status === 200);
  await customer.report();
});

afterAll(() => mesh[Symbol.asyncDispose]());

test('I3 a rehearsal changes nothing, and says whom the change would wait for', async () => {
  const { code, stdout } = await mesh.run(['ca', 'rotate', '--dry-run']);
  expect(stdout).toContain('nobody would hold it up');
  expect([code, trusted(await ca())]).toEqual([0, ['1']]);
});

test('I3 every step waits for every proxy: one is frozen, the control plane dies meanwhile, it is paused, taken back and done again; no request fails', {
  timeout: 600_000,
}, async () => {
  const place = await placeOf(mesh, 'ledger');
  const old: Pem = await authorityOfNow(mesh).issue(PEER);
  const before = await knock(place, old);
  expect(before).toMatchObject({ answered: true, session: undefined });

  process.kill(envoyOf(audit), 'SIGSTOP');
  await act('rotate');
  const waiting = await eventually(
    'only the frozen one is waited for',
    async () => {
      const { rotation } = await ca();
      const [first, ...others] = rotation?.stragglers ?? [];
      return first?.proxy.startsWith('shop/audit-') === true && others.length === 0 ? rotation : undefined;
    },
    TRIES,
  );
  expect(waiting).toMatchObject({ step: 1, done: 3, total: 4 });
  const shown = await mesh.run(['ca', 'show']);
  expect(shown.stdout).toMatch(/└ shop\/audit-\w+: (has not acknowledged the trust bundle|is not connected)/);
  expect(shown.stdout).toContain('weft ca resume --skip NAMESPACE/NAME');
  expect(trusted(await ca())).toEqual(['1', '2']);

  control.child.kill('SIGKILL');
  control = await mesh.up();
  expect((await ca()).rotation).toMatchObject({ step: 1, from: '1', to: '2' });
  process.kill(envoyOf(audit), 'SIGCONT');
  await eventually('the new root issues', async () => ((await ca()).rotation?.phase === 'trusting' ? undefined : true), TRIES);
  await act('undo');
  expect(issuing(await over())).toBe('1');
  expect(await knock(place, old)).toMatchObject({ answered: true });

  const kept = await hold(place, old);
  expect(kept.open).toBe(true);
  const second = await mesh.run(['ca', 'rotate']);
  expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('✔ the root is')]);
  const end = await ca();
  expect([issuing(end), trusted(end)]).toEqual(['3', ['3']]);
  await noneFailed();

  // what was open before ends with its listener, within the drain time
  await kept.closed;
  const after = await knock(place, old);
  expect([after.answered, after.resumed]).toEqual([false, false]);
  expect(after.words).toMatch(/alert (unknown ca|certificate unknown)/);
  expect(await knock(place, await authorityOfNow(mesh).issue(PEER))).toMatchObject({ answered: true });
});

test('I2 another authority’s root takes over in the same way, and its key is not here', { timeout: 600_000 }, async () => {
  const { chain, key } = corporateAuthority(join(mesh.folder, 'corp'));
  const { code, stderr } = await mesh.run(['ca', 'rotate', '--ca-cert', chain, '--ca-key', key]);
  expect([code, stderr]).toEqual([0, expect.stringContaining('✔ the root is')]);
  const { roots } = await ca();
  expect(roots.find(({ state }) => state === 'issuing')).toMatchObject({ name: '4', subject: 'O=Corp, CN=Corp root', key: 'elsewhere' });
  expect(await knock(await placeOf(mesh, 'ledger'), await authorityOfNow(mesh).issue(PEER))).toMatchObject({ answered: true });
  await noneFailed();
});

test('I3 what came before goes on: the control plane is reached by machines, a workload joins, and the load has not failed', { timeout: 600_000 }, async () => {
  await mesh.apply([serviceDocument('late', { app: 'late' })]);
  await startApp(mesh, { service: 'late' });
  expect((await customer.until('http://late.shop.mesh/', ({ status }) => status === 200)).status).toBe(200);
  control.child.kill('SIGKILL');
  control = await mesh.up();
  await eventually(
    'all are back, by the new root',
    async () => {
      const { items } = await mesh.call<{ readonly items: readonly { readonly connected: boolean }[] }>('/weft/v1/proxies');
      return items.length === 5 && items.every(({ connected }) => connected) ? true : undefined;
    },
    TRIES,
  );
  await eventually(
    'the requests of the drill are done',
    async () => {
      await noneFailed();
      return sent >= REQUESTS ? true : undefined;
    },
    REQUESTS,
  );
});
