// R2 retry conditions: each of them, for the methods that the policy names and for no other.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { routeDocument, serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let caller: LabCaller;
let keys = 0;
const AT = 'http://lab.shop.mesh';

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('lab', { app: 'lab' })]);
  await startLab(mesh, 'lab');
  caller = await LabCaller.start(mesh, { name: 'caller' });
  await caller.until(`${AT}/`, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

interface Case {
  readonly spec: object;
  /** `{key}` is a new key each time. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Methods, and how often each of them reaches the application. */
  readonly reaches: Readonly<Record<string, number>>;
}

const CASES: Readonly<Record<string, Case>> = {
  'nothing that an application says, unless somebody asks for it': { spec: { attempts: 2 }, path: '/flaky/1/503/{key}', reaches: { GET: 1, POST: 1 } },
  'reset, by default for safe methods': { spec: { attempts: 2 }, path: '/break/1/{key}', reaches: { GET: 2, POST: 1, PUT: 1 } },
  'reset for a method that is named': { spec: { attempts: 2, methods: ['PUT'] }, path: '/break/1/{key}', reaches: { GET: 1, POST: 1, PUT: 2 } },
  'gateway-error': { spec: { on: ['gateway-error'] }, path: '/flaky/1/503/{key}', reaches: { GET: 2, POST: 1 } },
  'gateway-error is no 500': { spec: { on: ['gateway-error'] }, path: '/flaky/1/500/{key}', reaches: { GET: 1 } },
  '5xx': { spec: { on: ['5xx'] }, path: '/flaky/1/500/{key}', reaches: { GET: 2, POST: 1 } },
  '5xx for POST alone': { spec: { on: ['5xx'], methods: ['POST'] }, path: '/flaky/1/500/{key}', reaches: { GET: 1, POST: 2 } },
  '5xx for every method': { spec: { on: ['5xx'], methods: ['*'] }, path: '/flaky/1/500/{key}', reaches: { GET: 2, POST: 2, DELETE: 2 } },
  'retriable-4xx is 409': { spec: { on: ['retriable-4xx'] }, path: '/flaky/1/409/{key}', reaches: { GET: 2, POST: 1 } },
  'retriable-4xx is no 404': { spec: { on: ['retriable-4xx'] }, path: '/flaky/1/404/{key}', reaches: { GET: 1 } },
  'envoy-ratelimited': { spec: { on: ['envoy-ratelimited'] }, path: '/flaky/1/429/{key}?h=x-envoy-ratelimited:true', reaches: { GET: 2, POST: 1 } },
  'status codes': { spec: { on: [], statusCodes: [418, 429] }, path: '/flaky/1/418/{key}', reaches: { GET: 2, POST: 1 } },
  'status codes for every method': { spec: { on: [], statusCodes: [418], methods: ['*'] }, path: '/flaky/1/418/{key}', reaches: { GET: 2, POST: 2 } },
  'headers of the answer': { spec: { on: [], responseHeaders: ['X-Again'] }, path: '/flaky/1/400/{key}?h=x-again:1', reaches: { GET: 2, POST: 1 } },
  'no more often than attempts': { spec: { on: ['5xx'], attempts: 3 }, path: '/flaky/9/503/{key}', reaches: { GET: 4 } },
  'never with attempts 0': { spec: { on: ['5xx'], attempts: 0, methods: ['*'] }, path: '/flaky/1/503/{key}', reaches: { GET: 1, POST: 1 } },
  'grpc-cancelled': { spec: { on: ['grpc-cancelled'] }, path: '/grpc/1/1/{key}', reaches: { POST: 2 } },
  'grpc-deadline-exceeded': { spec: { on: ['grpc-deadline-exceeded'] }, path: '/grpc/1/4/{key}', reaches: { POST: 2 } },
  'grpc-resource-exhausted': { spec: { on: ['grpc-resource-exhausted'] }, path: '/grpc/1/8/{key}', reaches: { POST: 2 } },
  'grpc-internal': { spec: { on: ['grpc-internal'] }, path: '/grpc/1/13/{key}', reaches: { POST: 2 } },
  'grpc-unavailable, and no other status': { spec: { on: ['grpc-unavailable'] }, path: '/grpc/1/14/{key}', reaches: { POST: 2 } },
  'grpc: not what is not named': { spec: { on: ['grpc-unavailable'] }, path: '/grpc/1/13/{key}', reaches: { POST: 1 } },
};

async function reach(method: string, path: string): Promise<number> {
  const key = `k${keys++}`;
  const headers: Record<string, string> = path.startsWith('/grpc') ? { 'content-type': 'application/grpc', te: 'trailers' } : {};
  await caller.call(AT + path.replace('{key}', key), { method, headers });
  return Number((await caller.call(`${AT}/count/${key}`)).body);
}

for (const [name, { spec, path, reaches }] of Object.entries(CASES)) {
  test(`R2 ${name}`, async () => {
    await applied(mesh, policyFor('RetryPolicy', 'lab', spec));
    const seen = await Promise.all(Object.keys(reaches).map(async (method) => [method, await reach(method, path)] as const));
    expect(Object.fromEntries(seen)).toEqual(reaches);
  });
}

test('R2 what asks Envoy for retries does not reach the application', async () => {
  await applied(
    mesh,
    policyFor('RetryPolicy', 'lab', { on: ['5xx'], statusCodes: [418], responseHeaders: ['x-again'], methods: ['POST'], hedge: { onPerTryTimeout: true } }),
  );
  const { body } = await caller.call(`${AT}/headers`, { method: 'POST' });
  expect(Object.keys(JSON.parse(body)).filter((name) => name.startsWith('x-envoy'))).toEqual([]);
});

test('R2 a policy for one rule of a route, beside rules that have the usual retries and one that has none', async () => {
  const to = [{ name: 'lab', port: 80 }];
  const under = (name: string, header: string) => ({ name, matches: [{ headers: [{ name: 'x-rule', value: header }] }], backendRefs: to });
  await applied(mesh, routeDocument('lab', 'lab', [under('own', 'own'), under('none', 'none'), { name: 'rest', backendRefs: to }]));
  const forRule = (name: string, spec: object) => ({
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'RetryPolicy',
    metadata: { name, namespace: 'shop' },
    spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'lab', sectionName: name }], ...spec },
  });
  await applied(mesh, policyFor('RetryPolicy', 'lab', { on: ['5xx'], attempts: 2 }));
  await applied(mesh, forRule('own', { methods: ['POST'] }));
  await applied(mesh, forRule('none', { attempts: 0 }));
  await applied(mesh, forRule('rest', { on: ['connect-failure', 'refused-stream', 'reset-before-request', 'reset'] }));
  const reached = async (rule: string, method: string, path: string) => {
    const key = `k${keys++}`;
    await caller.call(AT + path.replace('{key}', key), { method, headers: { 'x-rule': rule } });
    return Number((await caller.call(`${AT}/count/${key}`)).body);
  };
  const [flaky, broken] = ['/flaky/1/503/{key}', '/break/1/{key}'];
  expect([await reached('own', 'POST', flaky), await reached('own', 'GET', flaky)]).toEqual([2, 1]);
  expect([await reached('none', 'POST', flaky), await reached('none', 'GET', flaky), await reached('none', 'GET', broken)]).toEqual([1, 1, 1]);
  expect([await reached('rest', 'GET', flaky), await reached('rest', 'GET', broken), await reached('rest', 'POST', broken)]).toEqual([1, 2, 1]);
});

test('R2 the retry of a rule itself is over every policy, for the methods that the policies name', async () => {
  await applied(mesh, policyFor('RetryPolicy', 'lab', { attempts: 0, on: [] }));
  const retry = { codes: [503], attempts: 3, backoff: '10ms' };
  await applied(mesh, routeDocument('lab', 'lab', [{ name: 'inline', retry, backendRefs: [{ name: 'lab', port: 80 }] }]));
  expect([await reach('GET', '/flaky/3/503/{key}'), await reach('GET', '/flaky/1/500/{key}'), await reach('POST', '/flaky/1/503/{key}')]).toEqual([4, 1, 1]);
});

test('R2 connect-failure, for every method: what an instance without its application got goes to another one', async () => {
  await mesh.apply([serviceDocument('half', { app: 'half' })]);
  await startLab(mesh, 'half', { version: 'v1' });
  await startLab(mesh, 'half', { version: 'v2' });
  const post = () => caller.many({ url: 'http://half.shop.mesh/', method: 'POST' }, 200, 4);
  await applied(mesh, policyFor('RetryPolicy', 'half', { attempts: 1, on: ['refused-stream'] }));
  await caller.until('http://half.shop.mesh/deaf/v2', ({ body }) => body === 'half v2');
  expect((await post()).filter(({ status }) => status === 503).length).toBeGreaterThan(0);
  await applied(mesh, policyFor('RetryPolicy', 'half', { attempts: 1 }));
  expect((await post()).filter(({ status }) => status !== 200).map(({ headers }) => headers['weft-reason'])).toEqual([]);
});
