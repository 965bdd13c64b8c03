// R7 connections of a Gateway: how many there are at a time at a listener of TCP, how many new ones; and that no other change gives more.
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { gatewayDocument, startGateway } from '../kit/edge.ts';
import { appliedIn } from '../kit/lab.ts';
import { greetingOrigin } from '../kit/origin.ts';
import { eventually } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const policy = (tcp: object, sectionName = 'bytes') => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'RateLimitPolicy',
  metadata: { name: 'tried', namespace: 'edge' },
  spec: { targetRefs: [{ kind: 'Gateway', name: 'edge', sectionName }], tcp },
});

/** A connection on which the server has spoken, or undefined when it was closed. */
function dial(port: number): Promise<Socket | undefined> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => done(socket));
    socket.once('close', () => done(undefined));
    socket.once('error', () => done(undefined));
  });
}

async function opened(port: number, times: number): Promise<readonly Socket[]> {
  const found: Socket[] = [];
  for (let n = 0; n < times; n++) {
    const socket = await dial(port);
    if (socket !== undefined) found.push(socket);
  }
  return found;
}

const hangUp = (sockets: readonly Socket[]): void => {
  for (const socket of sockets) socket.destroy();
};

test('R7 a Gateway limits connections of its listeners of TCP', async () => {
  await using mesh = TestMesh.open();
  await mesh.up();
  await using origin = await greetingOrigin('hello');
  const [bytes, other] = [await freePort(), await freePort()];
  const route = (name: string, weight = 1) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'TCPRoute',
    metadata: { name, namespace: 'edge' },
    spec: {
      parentRefs: [{ name: 'edge', sectionName: name }],
      rules: [{ backendRefs: [{ group: 'weft.dev', kind: 'ExternalService', name: 'greeting', port: 25, weight }] }],
    },
  });
  await mesh.apply([
    {
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'ExternalService',
      metadata: { name: 'greeting', namespace: 'edge' },
      spec: {
        hosts: ['greeting.test'],
        ports: [{ name: 'tcp', port: 25, targetPort: origin.port, appProtocol: 'tcp' }],
        resolution: 'Static',
        addresses: ['127.0.0.1'],
      },
    },
    gatewayDocument([
      { name: 'bytes', port: bytes, protocol: 'TCP' },
      { name: 'other', port: other, protocol: 'TCP' },
      { name: 'http', port: await freePort(), protocol: 'HTTP' },
    ]),
    route('bytes'),
    route('other'),
  ]);
  await startGateway(mesh);
  hangUp([await eventually('the gateway', () => dial(bytes)), await eventually('the other one', () => dial(other))]);
  await appliedIn('edge', mesh, policy({ maxConnections: 3 }));
  const open = await opened(bytes, 6);
  expect([open.length, (await opened(other, 6)).length]).toEqual([3, 6]);
  hangUp(open);
  await appliedIn('edge', mesh, policy({ newConnections: { connections: 4, per: '1h' } }));
  expect((await opened(bytes, 8)).length).toBe(4);
  await mesh.apply([route('other', 7)]);
  await appliedIn('edge', mesh, { ...policy({ newConnections: { connections: 2, per: '1h' } }, 'other'), metadata: { name: 'second', namespace: 'edge' } });
  expect([(await opened(other, 5)).length, (await opened(bytes, 3)).length]).toEqual([2, 0]);
  await mesh.apply([policy({ maxConnections: 3 }, 'http')]);
  expect((await mesh.run(['describe', 'ratelimitpolicy', 'tried', '-n', 'edge'])).stdout).toContain('WEFT1644');
}, 120_000);
