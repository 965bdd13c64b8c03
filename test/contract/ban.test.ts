// weft ban over a running control plane: streams end, tokens are refused, nobody is sent there, it is listed, and unban lets it in again.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ban, bans, evict, unban } from '../../src/cli/commands/ban/index.ts';
import { command as ca } from '../../src/cli/commands/ca/index.ts';
import { command as get } from '../../src/cli/commands/get/index.ts';
import type { AdsClient } from '../kit/ads-client.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';
import { eventually } from '../kit/shop.ts';

let world: CliWorld;
let web: AdsClient;
let checkout: AdsClient;

beforeAll(async () => {
  world = await openCliWorld();
  web = await world.join('web');
  checkout = await world.join('checkout');
  for (const client of [web, checkout]) await running(client);
});
afterAll(() => world[Symbol.asyncDispose]());

const running = (client: AdsClient): Promise<unknown> => eventually('the proxy has its certificate', async () => client.held.of('secret').get('workload'));
const over = (client: AdsClient): Promise<{ readonly code: number; readonly words: string }> => eventually('the stream ends', async () => client.over);

it('ends the stream with words that say who and how it is undone; others go on', async () => {
  expect(await world.run(ban, ['shop/web-1', '--reason', 'stolen laptop'])).toContain('shop/web-1 is banned: 1 streams ended');
  expect(await over(web)).toMatchObject({
    words: expect.stringContaining('the workload shop/web-1 is banned (stolen laptop): weft unban workload/shop/web-1'),
  });
  expect(checkout.over).toBeUndefined();
});

it('removes what joined, so that nobody is sent there, and refuses its next join before the join token is spent', async () => {
  const workloads = await world.run(get, ['workloads', '-o', 'name'], { namespace: 'shop' });
  expect(workloads).toContain('checkout-1');
  expect(workloads).not.toContain('web-1');
  await expect(world.join('web')).rejects.toThrow(/the workload shop\/web-1 is banned \(stolen laptop\)/);
});

it('a change of roots does not wait for it', async () => {
  const said = await world.run(ca, ['rotate', '--dry-run']);
  expect(said).toContain('shop/checkout-1');
  expect(said).not.toContain('shop/web-1');
});

it('is listed, with who did it and why', async () => {
  expect(await world.run(bans, [])).toMatch(/NAME +SINCE +BY +REASON\nworkload\/shop\/web-1 +TIME +admin .* +stolen laptop/);
  expect(JSON.parse((await world.run(bans, ['-o', 'json'])).split('--- out\n')[1] ?? '')).toMatchObject({
    items: [{ kind: 'workload', namespace: 'shop', name: 'web-1' }],
  });
});

it('unban lets it in again', async () => {
  expect(await world.run(unban, ['shop/web-1'])).toContain('shop/web-1 may come in again');
  expect(await world.run(unban, ['shop/web-1'])).toContain('was not banned');
  web = await world.join('web');
  await running(web);
});

it('a service account is banned with all of its workloads; evict puts out and lets in', async () => {
  expect(await world.run(evict, ['shop/web-1'])).toContain('1 streams ended; it can join again');
  await over(web);
  web = await world.join('web');
  await running(web);
  expect(await world.run(ban, ['serviceaccount/shop/web', '-o', 'json'])).toContain('"proxies": 1');
  await over(web);
  await expect(world.join('web')).rejects.toThrow(/the service account shop\/web is banned/);
  expect(checkout.over).toBeUndefined();
});

it('--rotate changes the root as well, which ends the certificate', async () => {
  const said = await world.run(ban, ['shop/checkout-1', '--rotate']);
  expect(said).toContain('shop/checkout-1 is banned');
  expect(said).toContain('the root is being changed');
});

it('a name that is nobody’s is refused', async () => {
  expect(await world.run(ban, ['user/shop/web'])).toMatch(/exit 64[\s\S]*is nobody: write NAMESPACE\/WORKLOAD, or serviceaccount\/NAMESPACE\/NAME/);
});
