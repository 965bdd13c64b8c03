// T3: datagrams at a Gateway: shares of senders, a sender stays where it is, and what nobody can take is dropped.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectShare } from '../kit/binomial.ts';
import { Customer } from '../kit/customer.ts';
import { gatewayDocument, startGateway } from '../kit/edge.ts';
import { eventually } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const SENDERS = 400;

/** Answers each datagram with its name and what it got. */
async function echo(name: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (text, from) => socket.send(`${name} ${text}`, from.port, from.address));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** Who answers a new sender: asked until somebody does, since a datagram may be lost, at most `tries` times. */
async function ask(port: number, words: readonly string[], tries = 20): Promise<readonly (string | undefined)[]> {
  const socket = createSocket('udp4');
  const answers: (string | undefined)[] = [];
  try {
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.on('error', () => {});
    for (const word of words) answers.push(await answered(socket, word, tries));
    return answers;
  } finally {
    socket.close();
  }
}

function answered(socket: Socket, word: string, tries: number): Promise<string | undefined> {
  return new Promise((done) => {
    let left = tries;
    const end = (answer: string | undefined): void => {
      clearInterval(timer);
      socket.off('message', read);
      done(answer);
    };
    const read = (text: Buffer): void => {
      if (String(text).endsWith(` ${word}`)) end(String(text).split(' ')[0]);
    };
    const send = (): void => {
      if (left-- === 0) end(undefined);
      else socket.send(word, () => {});
    };
    const timer = setInterval(send, 100);
    socket.on('message', read);
    send();
  });
}

async function tally(port: number, tries = 20): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (let from = 0; from < SENDERS; from += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(port, ['hello'], tries)));
    for (const [answer = 'nobody'] of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  return counts;
}

function workload(name: string, socket: Socket): unknown {
  const ports = [{ name: 'dns', port: socket.address().port, protocol: 'UDP' }];
  return {
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Workload',
    metadata: { name, namespace: 'shop', labels: { app: name } },
    spec: { address: '127.0.0.1', ports },
  };
}

function service(name: string): unknown {
  const ports = [{ name: 'dns', port: 53, targetPort: 'dns', protocol: 'UDP' }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec: { selector: { app: name }, ports } };
}

function route(shares: Readonly<Record<string, number>>): unknown {
  const backendRefs = Object.entries(shares).map(([name, weight]) => ({ name, port: 53, weight }));
  const parentRefs = [{ name: 'edge', namespace: 'edge', sectionName: 'dns' }];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'UDPRoute',
    metadata: { name: 'dns', namespace: 'shop' },
    spec: { parentRefs, rules: [{ backendRefs }] },
  };
}

let mesh: TestMesh;
let sockets: readonly Socket[];
let port = 0;

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  port = await freePort();
  const names = ['one', 'two'];
  sockets = await Promise.all(names.map(echo));
  const workloads = names.flatMap((name, at) => (sockets[at] === undefined ? [] : [workload(name, sockets[at])]));
  await mesh.apply([gatewayDocument([{ name: 'dns', port, protocol: 'UDP' }]), ...workloads, ...names.map(service), route({ one: 70, two: 30 })]);
  await startGateway(mesh, { args: ['--address', '127.0.0.1'] });
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  for (const socket of sockets) socket.close();
});

test('T3 UDPRoute: senders are shared out by weight', async () => {
  await eventually('a datagram comes through', async () => (await ask(port, ['hello']))[0]);
  const counts = await tally(port);
  expect([...counts.keys()].sort()).toEqual(['one', 'two']);
  expectShare(counts.get('one') ?? 0, SENDERS, 0.7);
});

test('T3 UDPRoute: a sender stays with its server', async () => {
  for (let n = 0; n < 10; n++) expect(new Set(await ask(port, ['a', 'b', 'c', 'd'])).size).toBe(1);
});

test('T3 UDPRoute: the share of a backend that is not there is dropped, not given to the others', async () => {
  await mesh.apply([route({ one: 50, missing: 50 })]);
  await eventually('the second server gets nothing', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(port, ['hello'], 3)));
    return answers.some(([who]) => who === 'two') ? undefined : true;
  });
  const counts = await tally(port, 3);
  expect(counts.get('two')).toBeUndefined();
  expectShare(counts.get('nobody') ?? 0, SENDERS, 0.5);
});

test('T3 a port for UDP has a name in the mesh, and says that sidecars do not carry it', async () => {
  const { status } = (await mesh.call('/api/v1/namespaces/shop/services/one')) as { readonly status?: unknown };
  expect(JSON.stringify(status)).toContain('WEFT1751');
  const customer = await Customer.start(mesh, { namespace: 'shop', capture: 'netns' });
  expect(await customer.lookup('one.shop.mesh')).toEqual([expect.stringMatching(/^2(4|5)\d\./)]);
});
