// Another collector while something is under way: what was sent arrives where it was sent, once; what waits goes to the next.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Outbox } from './outbox.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Answers when `gate` opens. */
async function collector(gate: Promise<void>): Promise<{ readonly endpoint: string; readonly taken: string[] }> {
  const taken: string[] = [];
  const server = createServer(async (request, reply) => {
    taken.push((await request.toArray()).join(''));
    await gate;
    reply.end();
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken };
}

test('every item once, to the collector of its time', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const [first, second] = [await collector(promise), await collector(Promise.resolve())];
  const outbox = new Outbox<string>({ signal: 'logs', encode: (items) => Buffer.from(items.join()) }, { endpoint: first.endpoint });
  outbox.add(['a', 'b']);
  await expect.poll(() => first.taken, { timeout: 10_000 }).toEqual(['a,b']);
  outbox.add(['c']);
  outbox.retarget({ endpoint: second.endpoint });
  resolve();
  await expect.poll(() => second.taken, { timeout: 10_000 }).toEqual(['c']);
  expect(outbox.view()).toMatchObject({ sent: 3, lost: 0, trouble: '' });
  outbox.retarget(undefined);
  expect(outbox.add(['d'])).toBe(false);
  await outbox.close();
});
