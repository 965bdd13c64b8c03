// I5: who is banned calls nobody any more, although his certificate holds: new connections are refused by every proxy, those from before end.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Authority } from '../../src/identity/index.ts';
import { spiffeId, type TrustDomain, workloadKey } from '../../src/model/index.ts';
import { hold, knock, type Pem, type Place, placeOf } from '../kit/mesh-peer.ts';
import { authorityOfNow } from '../kit/old-authority.ts';
import { eventually, serviceDocument, startApp } from '../kit/shop.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let control: Program;
let places: readonly Place[];
let stolen: Pem;
let replica: Pem;
let other: Pem;
let older: Pem;

const issue = (authority: Authority, account: string, workload?: string): Promise<Pem> =>
  authority.issue(spiffeId('example.mesh' as TrustDomain, 'shop', account), workload === undefined ? undefined : workloadKey('shop', workload));

/** Who of them is answered: by HTTP, by TCP. */
async function answered(...whose: readonly Pem[]): Promise<readonly (readonly boolean[])[]> {
  return Promise.all(whose.map((pem) => Promise.all(places.map(async (place) => (await knock(place, pem)).answered))));
}

const are = (wanted: readonly (readonly boolean[])[], ...whose: readonly Pem[]): Promise<true> =>
  eventually(`answered: ${JSON.stringify(wanted)}`, async () => (JSON.stringify(await answered(...whose)) === JSON.stringify(wanted) ? true : undefined));

const YES = [true, true];
const NO = [false, false];

beforeAll(async () => {
  mesh = TestMesh.open();
  control = await mesh.up();
  await mesh.apply([serviceDocument('ledger', { app: 'ledger' })]);
  await Promise.all([
    startApp(mesh, { service: 'ledger', args: ['--drain', '2s'] }),
    startApp(mesh, { service: 'queue', protocol: 'tcp', args: ['--drain', '2s'] }),
  ]);
  places = await Promise.all(['ledger', 'queue'].map((service) => placeOf(mesh, service)));
  const authority = authorityOfNow(mesh);
  stolen = await issue(authority, 'web', 'web-1');
  replica = await issue(authority, 'web', 'web-2');
  other = await issue(authority, 'other', 'other-1');
  older = await issue(authority, 'web');
}, 180_000);
afterAll(() => mesh[Symbol.asyncDispose]());

test('one workload is refused by every proxy, new connections and those from before; its replicas go on, and a restart forgets nothing', async () => {
  await are([YES, YES, YES], stolen, replica, other);
  const kept = await Promise.all(places.map((place) => hold(place, stolen)));
  const { stdout } = await mesh.run(['ban', 'shop/web-1', '--reason', 'stolen laptop']);
  expect(stdout).toContain('shop/web-1 is banned');
  await are([NO, YES, YES], stolen, replica, other);
  await Promise.all(kept.map(({ closed }) => closed));
  control.child.kill('SIGKILL');
  control = await mesh.up();
  await startApp(mesh, { service: 'late' });
  places = [...places, await placeOf(mesh, 'late')];
  await are(
    [
      [false, false, false],
      [true, true, true],
    ],
    stolen,
    replica,
  );
  places = places.slice(0, 2);
});

test('everybody of a service account, whatever the certificate; connections from before stay where that is asked for; unban lets them in', async () => {
  const kept = await hold(places[0] as Place, other);
  await mesh.run(['ban', 'serviceaccount/shop/web', '--keep-connections']);
  await are([NO, NO, NO, YES], stolen, replica, older, other);
  await mesh.run(['unban', 'shop/web-1']);
  await mesh.run(['unban', 'serviceaccount/shop/web']);
  await are([YES, YES, YES, YES], stolen, replica, older, other);
  expect(kept.open).toBe(true);
});
