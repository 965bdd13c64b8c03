// T3 routes of connections in a mesh: TCPRoute's shares, with exact bounds (test/kit/binomial.ts), and who notices a change of them.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectShare } from '../kit/binomial.ts';
import { Customer } from '../kit/customer.ts';
import { eventually } from '../kit/shop.ts';
import { taken, type Watched } from '../kit/taken.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const N = 400;
const LISTENER: readonly Watched[] = [{ proxies: 'shop/customer', type: 'listener', name: 'outbound' }];
let mesh: TestMesh;
let customer: Customer;

function tcpRoute(shares: Readonly<Record<string, number>>): unknown {
  const backendRefs = Object.entries(shares).map(([name, weight]) => ({ name, port: 5000, weight }));
  const spec = { parentRefs: [{ group: '', kind: 'Service', name: 'one' }], rules: [{ backendRefs }] };
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'TCPRoute', metadata: { name: 'one', namespace: 'shop' }, spec };
}

async function startLedger(name: string): Promise<void> {
  const args = ['run', '--service', name, '--namespace', 'shop', '--port', '5000:8080/tcp'];
  const program = mesh.weft([...args, '--', 'env', `LEDGER=${name}`, process.execPath, join(import.meta.dirname, '../kit/ledger.js')]);
  await program.printed(/ready in/);
}

/** How many connections each of them answers, and how many nobody does. */
async function tally(service: string, count = N): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = { one: 0, two: 0, closed: 0 };
  for (let n = 0; n < count; n++) {
    const { status, body } = await customer.talk(`${service}.shop.mesh`, 5000, 'who');
    const who = status === 1 ? body.trim() : 'closed';
    counts[who] = (counts[who] ?? 0) + 1;
  }
  return counts;
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await Promise.all([startLedger('one'), startLedger('two')]);
  customer = await Customer.start(mesh, { namespace: 'shop' });
  for (const name of ['one', 'two']) await eventually(name, async () => ((await tally(name, 1))[name] === 1 ? true : undefined));
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

describe('T3 TCPRoute in a mesh', () => {
  test('without one all connections go to the service', async () => {
    expect(await tally('one', 40)).toEqual({ one: 40, two: 0, closed: 0 });
  });

  test('connections are shared out by weight; a share of weight 0 gets none', async () => {
    await taken(mesh, LISTENER, () => mesh.apply([tcpRoute({ one: 3, two: 1 })]));
    const counts = await tally('one');
    expect(counts['closed']).toBe(0);
    expectShare(counts['two'] ?? 0, N, 1 / 4);
    await taken(mesh, LISTENER, () => mesh.apply([tcpRoute({ one: 0, two: 1 })]));
    expect(await tally('one', 40)).toEqual({ one: 0, two: 40, closed: 0 });
    // the service it leads to is called as before
    expect(await tally('two', 20)).toEqual({ one: 0, two: 20, closed: 0 });
  });

  test('the share of a backend that does not exist is closed, and explain says so', async () => {
    await taken(mesh, LISTENER, () => mesh.apply([tcpRoute({ one: 4, gone: 1 })]));
    const counts = await tally('one');
    expect(counts['two']).toBe(0);
    expectShare(counts['closed'] ?? 0, N, 1 / 5);
    const { stdout } = await mesh.run(['explain', '--from', 'shop/customer', '--to', 'shop/one:5000']);
    expect(stdout).toMatch(/TCPRoute shop\/one/);
    expect(stdout).toMatch(/80 %/);
    expect(stdout).toMatch(/20 %, closed: Service shop\/gone does not exist/);
  });

  test('a backend that appears later gets its share; without the route everything is as before', async () => {
    await startLedger('gone');
    await eventually('its share', async () => ((await tally('one', 10))['gone'] ? true : undefined));
    await taken(mesh, LISTENER, () => mesh.run(['delete', 'tcproute', 'one', '-n', 'shop']));
    expect(await tally('one', 40)).toEqual({ one: 40, two: 0, closed: 0 });
  });
});
