// Exactly what docs/PORTS.md says listens, for each kind of process, and the interfaces for administration are no ports.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tree } from '../kit/cpu.ts';
import { type Listening, listening } from '../kit/listening.ts';
import { serviceDocument, startApp } from '../kit/shop.ts';
import { freePort, type Program, TestMesh } from '../kit/test-mesh.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/PORTS.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| process'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** What the page says of a process: `network protocol address port`, with `any` where the port is chosen at start. */
function documented(process: string, ports: Readonly<Record<string, number>>): readonly string[] {
  return rows.flatMap(([, name, network, protocol, address, port = '']) => {
    if (name !== process) return [];
    const word =
      port
        .replace(/[`(),]/g, ' ')
        .trim()
        .split(/\s+/)[0] ?? '';
    return [`${network} ${protocol} ${address} ${ports[word] ?? word}`];
  });
}

const APPLICATION = new Set(['node', 'MainThread']);

/** The same of what is there. Ports of Envoy that are not fixed are `any`; an application's own sockets are its own. */
function found(sockets: readonly Listening[], fixed: readonly number[]): readonly string[] {
  return sockets.map(
    ({ inside, protocol, address, port }) => `${inside ? 'application' : 'machine'} ${protocol} ${address} ${fixed.includes(port) ? port : 'any'}`,
  );
}

const ofEnvoy = (program: Program): readonly Listening[] => listening(tree(program.pid)).filter(({ program: name }) => !APPLICATION.has(name));

let mesh: TestMesh;
let control: Program;
let edge: number;
beforeAll(async () => {
  mesh = TestMesh.open();
  control = await mesh.up();
  edge = await freePort();
  const gateway = { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'edge', namespace: 'shop' } };
  const spec = { gatewayClassName: 'weft', listeners: [{ name: 'http', port: edge, protocol: 'HTTP' }] };
  await mesh.apply([serviceDocument('ledger', { app: 'ledger' }), { ...gateway, spec }]);
});
afterAll(async () => mesh[Symbol.asyncDispose]());

test('the control plane', async () => {
  const { api, xds } = JSON.parse(readFileSync(join(mesh.folder, 'data/control-plane.json'), 'utf8')) as { readonly api: string; readonly xds: string };
  const ports = { '--api': Number(new URL(api).port), '--xds': Number(xds.split(':').at(-1)) };
  expect([...found(listening(tree(control.pid)), Object.values(ports))].sort()).toEqual([...documented('control plane', ports)].sort());
});

test.each(['netns', 'explicit'])('a sidecar, capture %s', async (capture) => {
  const program = await startApp(mesh, { service: 'ledger', capture });
  const name = capture === 'netns' ? 'sidecar, transparent' : 'sidecar, explicit';
  await expect.poll(() => [...found(ofEnvoy(program), [15001, 15053])].sort(), { timeout: 30_000 }).toEqual([...documented(name, {})].sort());
});

test('a gateway', async () => {
  const program = mesh.weft(['gateway', '--name', 'edge', '-n', 'shop']);
  await program.printed(/ready in/);
  await expect.poll(() => found(ofEnvoy(program), [edge]), { timeout: 30_000 }).toEqual(documented('gateway', { those: edge }));
});
