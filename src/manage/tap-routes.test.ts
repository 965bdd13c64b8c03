// Who may look on, of what; and that it is written down.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nextEvents, openTestApi, type TestApi } from '../../test/kit/manage-api.ts';
import { bind, makeUser } from '../../test/kit/users.ts';
import type { TapLine } from '../api/index.ts';
import type { TapPlan } from './tap-routes.ts';

let api: TestApi;
const plans: TapPlan[] = [];
let ended = 0;
const who: Record<string, string> = {};

async function* endless(signal: AbortSignal): AsyncGenerator<TapLine> {
  try {
    yield { kind: 'standing', telling: 1, waiting: 0 };
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  } finally {
    ended++;
  }
}

beforeAll(async () => {
  api = await openTestApi({
    ports: {
      tap: {
        open: (plan, signal) => {
          plans.push(plan);
          return endless(signal);
        },
      },
    },
  });
  for (const [user, role, namespace] of [
    ['viewer', 'view', 'shop'],
    ['editor', 'edit', 'shop'],
    ['owner', 'admin', 'shop'],
    ['chief', 'cluster-admin', undefined],
  ] as const) {
    who[user] = await makeUser(api, user);
    await bind(api, user, role, namespace);
  }
});
afterAll(() => api[Symbol.asyncDispose]());

/** The status of a tap that is hung up at once. */
async function ask(user: string, query: string): Promise<number> {
  const ending = new AbortController();
  const { status } = await fetch(`${api.api.url}/weft/v1/tap?${query}`, { headers: { authorization: who[user] ?? '' }, signal: ending.signal });
  ending.abort();
  return status;
}

test('who may change a namespace may tap it; headers are for who answers for it; other namespaces are others’', async () => {
  const asked = [
    'service=shop/web',
    'service=web&namespace=shop',
    'namespace=shop',
    'service=shop/web&headers=1',
    'service=shop/web&from=pay/x',
    'service=pay/x',
    '',
  ];
  const told: Record<string, readonly number[]> = {};
  for (const user of Object.keys(who)) told[user] = await Promise.all(asked.map((query) => ask(user, query)));
  expect(told).toEqual({
    viewer: [403, 403, 403, 403, 403, 403, 403],
    editor: [200, 200, 200, 403, 403, 403, 403],
    owner: [200, 200, 200, 200, 403, 403, 403],
    chief: [200, 200, 200, 200, 200, 200, 200],
  });
});

test('what cannot be meant is a bad request that names the field', async () => {
  const wrong = [
    'service=a&workload=b',
    'maxRps=5000',
    'maxRps=x',
    'path=pay',
    'status=6xx',
    'nonsense=1',
    'service=a/b/c',
    'selector=%3D',
    'service=a&service=b',
  ];
  for (const query of wrong) expect([query, (await api.call('GET', `/weft/v1/tap?${query}`)).body.reason]).toEqual([query, 'BadRequest']);
});

test('beginning and end are in the audit log; who hangs up ends it at once', async () => {
  const before = ended;
  const { events, end } = await api.watch('/weft/v1/tap?service=web&from=pay/till&headers=true&selector=version!%3Dv1');
  expect(await nextEvents(events, 1)).toEqual([{ kind: 'standing', telling: 1, waiting: 0 }]);
  const plan = plans.at(-1);
  expect([plan?.service, plan?.from, plan?.picks?.({ version: 'v1' }), plan?.picks?.({ version: 'v2' })]).toEqual(['default/web', 'pay/till', false, true]);
  end();
  for (let n = 0; n < 200 && ended === before; n++) await new Promise((done) => setTimeout(done, 10));
  const all = async () => {
    const { body } = await api.call('GET', '/weft/v1/audit?limit=1000');
    return body.items as unknown as readonly { readonly verb: string; readonly what: string; readonly result: string; readonly namespace: string }[];
  };
  // that it ended is written down after it has
  const own = async () =>
    (await all())
      .filter(({ what }) => what === 'tap service/default/web from pay/till with headers')
      .map(({ verb, namespace, result }) => [verb, namespace, result])
      .sort();
  await expect.poll(own, { timeout: 10_000 }).toEqual([
    ['tap', 'default', 'began'],
    ['tap', 'default', 'ended after 0 requests'],
  ]);
  expect((await all()).some(({ verb, result }) => verb === 'tap' && result.startsWith('403'))).toBe(true);
});
