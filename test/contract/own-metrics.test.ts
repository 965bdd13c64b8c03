// The control plane's own metrics: what happened is what they say, and who reads them needs to be allowed to.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as token } from '../../src/cli/commands/token/index.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';

const service = (name: string, path: string): string => `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: shop }
spec: { parentRefs: [{ group: "", kind: Service, name: web }], rules: [{ matches: [{ path: { value: ${path} } }], backendRefs: [{ name: web, port: 80 }] }] }
`;

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld();
  await world.join('web', { refuses: ({ body }) => (body.some((piece) => Buffer.from(piece).includes('/disliked')) ? 'no' : undefined) });
  await world.join('checkout');
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

const tokenOf = async (user: string, role: string): Promise<string> =>
  (await world.run(token, ['create', '--user', user, '--role', role])).match(/weft_\S+/)?.[0] ?? '';
const page = (bearer: string): Promise<Response> => fetch(`${world.api}/metrics`, { headers: { authorization: `Bearer ${bearer}` } });

test('who may scrape reads them, and nothing else; nobody else does', async () => {
  const scraper = await tokenOf('prometheus', 'scrape');
  const reply = await page(scraper);
  expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect((await page(await tokenOf('ann', 'view'))).status).toBe(403);
  expect((await page('none')).status).toBe(401);
  expect((await fetch(`${world.api}/weft/v1/proxies`, { headers: { authorization: `Bearer ${scraper}` } })).status).toBe(403);
});

test('a change is measured until every proxy acknowledged it; a refusal is counted; Istio’s names say the same', async () => {
  const scraper = await tokenOf('prometheus2', 'scrape');
  const value = async (series: string): Promise<number> => {
    const line = (await (await page(scraper)).text()).split('\n').find((each) => each.startsWith(`${series} `));
    return Number(line?.slice(series.length + 1) ?? Number.NaN);
  };
  const before = await value('weft_convergence_seconds_count');
  expect(await world.run(apply, ['-f', world.file('fine.yaml', service('fine', '/fine'))])).toMatch(/^exit 0/);
  await expect.poll(() => value('weft_convergence_seconds_count'), { timeout: 20_000 }).toBeGreaterThan(before);
  expect(await value('weft_queue_seconds_count')).toBeGreaterThan(0);
  expect(await value('weft_store_commit_seconds_count')).toBeGreaterThan(0);
  expect(await value('weft_ca_issue_seconds_count')).toBe(2);
  expect(await value('weft_proxies{sync="in sync"}')).toBe(2);
  await world.run(apply, ['-f', world.file('bad.yaml', service('bad', '/disliked'))]);
  await expect.poll(() => value('weft_rejects_total{type="routes"}'), { timeout: 20_000 }).toBeGreaterThan(0);
  expect(await value('pilot_total_xds_rejects{type="rds"}')).toBe(await value('weft_rejects_total{type="routes"}'));
  expect(await value('pilot_proxy_convergence_time_count')).toBe(await value('weft_convergence_seconds_count'));
  expect(await value('weft_store_writable')).toBe(1);
});
