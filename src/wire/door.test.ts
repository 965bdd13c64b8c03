import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Door, type DoorLimits } from './door.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

/** A listener that echoes whoever gets in. */
async function listening(limits: Partial<DoorLimits>): Promise<{ readonly call: () => Promise<Socket>; readonly server: Server }> {
  const door = new Door((socket) => void socket.pipe(socket), limits);
  const server = createServer((socket) => door.take(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(server);
  const call = async (): Promise<Socket> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
    open.push({ close: () => socket.destroy() });
    await once(socket, 'connect');
    return socket;
  };
  return { call, server };
}

const said = async (socket: Socket, words: string): Promise<string> => {
  socket.write(words);
  const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => ['closed'])])) as [Buffer | string];
  return String(chunk);
};

test('who says something gets in, with what was said first', async () => {
  const { call } = await listening({});
  const callers = await Promise.all(Array.from({ length: 40 }, call));
  expect(await Promise.all(callers.map((socket, n) => said(socket, `hello ${n}`)))).toEqual(callers.map((_, n) => `hello ${n}`));
});

test('who says nothing is ended after a while, and at once when there are too many: the oldest', async () => {
  const { call } = await listening({ mostSilent: 2, firstByteMs: 60_000 });
  const [first, second] = [await call(), await call()];
  const ended = once(first, 'close');
  first.resume();
  const third = await call();
  await ended;
  expect([await said(second, 'b'), await said(third, 'c')]).toEqual(['b', 'c']);
  const { call: hurried } = await listening({ firstByteMs: 20 });
  const slow = (await hurried()).resume();
  await once(slow, 'close');
});

test('of those who speak there are not more than so many; one who leaves makes room', async () => {
  const { call } = await listening({ mostInside: 1 });
  const first = await call();
  expect(await said(first, 'a')).toBe('a');
  expect(await said(await call(), 'b')).toBe('closed');
  first.destroy();
  for (let tries = 0; tries < 200; tries++) if ((await said(await call(), 'c')) === 'c') return;
  throw new Error('nobody got in');
});
