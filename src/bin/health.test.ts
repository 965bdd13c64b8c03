import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { openTestApi } from '../../test/kit/manage-api.ts';
import { systemClock } from './clock.ts';
import { Health } from './health.ts';
import { listens } from './listens.ts';

const open = (putValue: () => Promise<void>) => Health.open({ directory: tmpdir(), store: { putValue }, clock: systemClock });

test('a store that takes no writes is found, and asked again only later', async () => {
  let asked = 0;
  using health = open(async () => {
    asked++;
    throw new Error('disk full');
  });
  expect(await health.storeProblem()).toBe('disk full');
  expect(await health.view()).toMatchObject({ storeProblem: 'disk full', directory: tmpdir(), freeBytes: expect.any(Number) });
  expect(asked).toBe(1);
});

test('an event loop that is held up shows', async () => {
  using health = open(async () => undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const end = performance.now() + 700;
  while (performance.now() < end);
  await expect.poll(async () => (await health.view()).loopDelayMs, { timeout: 5000 }).toBeGreaterThan(500);
});

test('ready says which part does not work; live answers meanwhile', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const place = `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  const ready = async () => ((await listens(place)) ? [] : ['proxies']);
  await using api = await openTestApi({ ports: { ready } });
  const ask = async (path: string) => {
    const { status, body } = await api.call('GET', path, { headers: { authorization: '' } });
    return [status, body as unknown];
  };
  expect(await ask('/readyz')).toEqual([200, { status: 'ok' }]);
  await new Promise((resolve) => server.close(resolve));
  expect(await ask('/readyz')).toEqual([503, { status: 'not ready', failed: ['proxies'] }]);
  expect(await ask('/livez')).toEqual([200, { status: 'ok' }]);
});

test('ready that takes too long is not ready', async () => {
  await using api = await openTestApi({ ports: { ready: () => new Promise(() => undefined) } });
  expect((await api.call('GET', '/readyz')).status).toBe(503);
});
