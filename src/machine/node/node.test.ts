// A node's socket between `weft node` and `weft run --node`, without an Envoy.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { JoinReply, JoinRequest } from '../../api/index.ts';
import { machineError } from '../errors.ts';
import { NodeDoor } from './door.ts';
import { NodeHost } from './host.ts';

let folder = '';
let path = '';
const asked: string[] = [];
const left: string[] = [];
const open: { close(): Promise<void> }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-node-'));
  path = join(folder, 'node.sock');
  asked.length = 0;
  left.length = 0;
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
  rmSync(folder, { recursive: true, force: true });
});

const request = (service: string): Omit<JoinRequest, 'envoy'> => ({
  token: 'token',
  service,
  createService: true,
  instance: 'a',
  labels: {},
  address: '127.0.0.1',
  ports: [],
  zone: '',
  weight: 1,
  capture: { mode: 'netns', netns: '/proc/7/ns/net', resolvers: [] },
  bind: '',
  hostLoopback: '',
});
const reply = (service: string): JoinReply => ({
  workload: `shop/${service}-a`,
  identity: '',
  proxyToken: `of ${service}`,
  renewAfterMs: 1,
  leaseMs: 1,
  rootPem: '',
  bootstrap: '{}',
  createdService: '',
});

async function door(): Promise<NodeDoor> {
  const opened = await NodeDoor.open({
    path,
    welcome: { node: 'weft-system/node-n1', adminSocket: '/admin' },
    join: async ({ service }) => {
      if (service === 'stranger') throw machineError('machine/join-refused', 'not you');
      asked.push(service);
      return reply(service);
    },
    leave: async (token) => void left.push(token),
    tell: () => {},
  });
  open.push(opened);
  return opened;
}

async function host(told: string[] = []): Promise<NodeHost> {
  const opened = await NodeHost.open(path, (line) => void told.push(line));
  open.push(opened);
  return opened;
}

test('the socket is its owner’s alone; a join goes through it, a refusal comes back in its own words', async () => {
  await door();
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const web = await host();
  expect([web.node, web.adminSocket]).toEqual(['weft-system/node-n1', '/admin']);
  expect(await web.join(request('web'))).toEqual(reply('web'));
  await expect((await host()).join(request('stranger'))).rejects.toMatchObject({ code: 'machine/join-refused', message: 'not you' });
  expect(asked).toEqual(['web']);
});

test('for a workload that ended in order nothing is left to do; for one that was killed the node leaves, with its newest token', async () => {
  const node = await door();
  const [orderly, killed] = [await host(), await host()];
  await orderly.join(request('orderly'));
  await killed.join(request('killed'));
  await orderly.close();
  killed.keepToken('renewed');
  await vi.waitFor(() => expect(node.workloads).toEqual(['shop/killed-a']));
  // no word that it left: the connection just ends
  killed.abandon();
  await vi.waitFor(() => expect(left).toEqual(['renewed']));
});

test('a node that was started again hears who is there', async () => {
  const first = await door();
  const told: string[] = [];
  const web = await host(told);
  await web.join(request('web'));
  await first.close();
  open.splice(open.indexOf(first), 1);
  const second = await door();
  await vi.waitFor(() => expect(second.workloads).toEqual(['shop/web-a']), { timeout: 10_000 });
  expect(told).toEqual([expect.stringContaining('is gone'), expect.stringContaining('is there again')]);
  expect(left).toEqual([]);
});

test('no node, and two of one name, are said', async () => {
  await expect(NodeHost.open(path, () => {})).rejects.toMatchObject({ code: 'machine/unreachable' });
  await door();
  await expect(NodeDoor.refuseTaken(path)).rejects.toMatchObject({ code: 'machine/usage' });
});
