// L2, L5, L7 for what is only bytes: a caller stays with its endpoint, checks talk to the application, PROXY protocol names the caller.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Customer } from '../kit/customer.ts';
import { eventually } from '../kit/shop.ts';
import { taken, type Watched } from '../kit/taken.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const HOST = 'ledger.shop.mesh';
let mesh: TestMesh;
let customer: Customer;
let neighbour: Customer;

const CLUSTERS: readonly Watched[] = ['shop/customer', 'shop/neighbour'].map((proxies) => ({ proxies, type: 'cluster', name: `outbound|5000||${HOST}` }));

function policy(kind: string, spec: Readonly<Record<string, unknown>>): unknown {
  const targetRefs = [{ kind: 'Service', name: 'ledger' }];
  return { apiVersion: 'weft.dev/v1alpha1', kind, metadata: { name: 'ledger', namespace: 'shop' }, spec: { targetRefs, ...spec } };
}

async function startLedger(name: string, words: string): Promise<void> {
  const args = ['run', '--service', 'ledger', '--namespace', 'shop', '--port', '5000:8080/tcp', '--instance', name];
  const program = mesh.weft([...args, '--', 'env', `LEDGER=${name}`, `WORDS=${words}`, process.execPath, join(import.meta.dirname, '../kit/ledger.js')]);
  await program.printed(/ready in/);
}

/** Who answers, in so many connections. */
async function who(caller: Customer, count = 24): Promise<readonly string[]> {
  const found = new Set<string>();
  for (let n = 0; n < count; n++) found.add((await caller.talk(HOST, 5000, 'who')).body.trim());
  return [...found].sort();
}

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await Promise.all([startLedger('l1', 'pong'), startLedger('l2', 'pong'), startLedger('l3', 'silence')]);
  [customer, neighbour] = await Promise.all([Customer.start(mesh, { namespace: 'shop' }), Customer.start(mesh, { namespace: 'shop', name: 'neighbour' })]);
  for (const each of [customer, neighbour]) await eventually('all three answer', async () => ((await who(each)).join() === 'l1,l2,l3' ? true : undefined));
});

afterAll(() => mesh[Symbol.asyncDispose]());

describe('L2 L5 L7 for TCP', () => {
  test('a TCP check sends and expects: who does not answer so gets no connections', async () => {
    await taken(mesh, CLUSTERS, () =>
      mesh.apply([
        policy('HealthCheckPolicy', {
          type: 'TCP',
          tcp: { send: 'ping', expect: ['pong'] },
          interval: '200ms',
          noTrafficInterval: '200ms',
          unhealthyThreshold: 1,
        }),
      ]),
    );
    await eventually('the silent one is left out', async () => ((await who(customer)).join() === 'l1,l2' ? true : undefined));
  });

  test('source: each caller has its endpoint', async () => {
    await taken(mesh, CLUSTERS, () => mesh.apply([policy('LoadBalancingPolicy', { algorithm: 'Maglev', hashOn: [{ source: true }] })]));
    for (const each of [customer, neighbour]) expect(await who(each)).toHaveLength(1);
  });

  test.each(['V1', 'V2'])('PROXY protocol %s tells the application who is connected', async (proxyProtocol) => {
    const inbound: readonly Watched[] = ['l1', 'l2', 'l3'].map((name) => ({ proxies: `shop/ledger-${name}`, type: 'cluster', name: 'inbound|8080' }));
    await taken(mesh, inbound, () => mesh.apply([policy('ConnectionPolicy', { application: { proxyProtocol } })]));
    const first = proxyProtocol === 'V1' ? /^seen PROXY TCP4 / : /^seen \r\n\r\n\0\r\nQUIT\n/;
    await eventually('the first bytes are the protocol’s', async () => (first.test((await customer.talk(HOST, 5000, 'seen')).body) ? true : undefined));
  });
});
