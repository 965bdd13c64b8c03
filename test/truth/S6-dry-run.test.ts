// S6: what a policy in DryRun would deny is counted to the unit, and enforcing it denies exactly that; N10: the suggested policy denies nobody who was seen.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RecordsView, VerdictView } from '../../src/api/index.ts';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { requestOf } from '../kit/reason.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

let mesh: TestMesh;
let web: LabCaller;
let batch: LabCaller;
const AT = 'http://lab.shop.mesh';

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('lab', { app: 'lab' })]);
  await startLab(mesh, 'lab');
  web = await LabCaller.start(mesh, { name: 'web' });
  batch = await LabCaller.start(mesh, { name: 'batch', namespace: 'jobs' });
  for (const caller of [web, batch]) await caller.until(`${AT}/`, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const allow = (enforcement: string) =>
  policyFor('AuthorizationPolicy', 'lab', { action: 'ALLOW', enforcement, rules: [{ from: [{ source: { serviceAccounts: ['shop/web'] } }] }] });
const verdicts = async () => (await mesh.call<{ readonly items: readonly VerdictView[] }>('/weft/v1/records/verdicts', { method: 'POST', body: {} })).items;
const summed = (all: readonly VerdictView[], outcome: string) =>
  all.filter((each) => each.outcome === outcome).map(({ source, count }) => `${source.split('/').at(-1)} ${count}`);

test('S6 would-be denials of each caller, to the unit; then real ones', async () => {
  await applied(mesh, allow('DryRun'));
  await eventually('the dry run', async () => {
    await batch.call(`${AT}/warm`);
    return (await verdicts()).length > 0 ? true : undefined;
  });
  const before = (await verdicts()).reduce((sum, { count }) => sum + count, 0);
  const answers = [...(await batch.many({ url: `${AT}/pay/{n}` }, 70, 4)), ...(await web.many({ url: `${AT}/pay/{n}` }, 50, 4))];
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const counted = await eventually('all would-be denials', async () => {
    const found = summed(await verdicts(), 'would-deny');
    return found[0] !== undefined && Number(found[0].split(' ')[1]) >= before + 70 ? found : undefined;
  });
  // the last of the warming ones may have been told after the first count
  expect(counted.length).toBe(1);
  const { items } = await mesh.call<RecordsView>('/weft/v1/records', { method: 'POST', body: { path: '/pay/', side: 'inbound', limit: 1000 } });
  expect(items.filter(({ wouldDeny }) => wouldDeny.length > 0).map(({ source }) => source)).toEqual(Array(70).fill('spiffe://example.mesh/ns/jobs/sa/batch'));
  const status = await mesh.run(['authz', 'status']);
  expect([status.code, status.stdout]).toEqual([79, expect.stringMatching(/would deny .*jobs\/batch +shop\/lab:8080/)]);

  await applied(mesh, allow('Enforce'));
  await batch.until(`${AT}/`, ({ status }) => status === 403);
  expect((await web.call(`${AT}/`)).status).toBe(200);
  const denied = await batch.call(`${AT}/pay/last`);
  const id = requestOf(denied.headers);
  const told = await eventually('the denial', async () => {
    const found = await mesh.run(['explain', '--request', id]);
    return found.code === 0 ? found.stdout : undefined;
  });
  expect(told).toMatch(/^denied at shop\/lab \(inbound\) .*AuthorizationPolicy shop\/lab/);
  expect(told).toContain('spiffe://example.mesh/ns/jobs/sa/batch');
});

test('N10 the suggestion, applied and enforced, lets in everybody who was seen and let in', async () => {
  await mesh.run(['delete', 'authorizationpolicy', 'lab', '-n', 'shop']);
  await batch.until(`${AT}/`, ({ status }) => status === 200);
  const document = await eventually('a suggestion with both callers', async () => {
    for (const caller of [web, batch]) await caller.many({ url: `${AT}/orders/{n}/items` }, 400, 8);
    const { stdout } = await mesh.run(['authz', 'suggest', '--service', 'shop/lab', '-o', 'json', '--since', '1h']);
    const [found] = (JSON.parse(stdout) as { readonly items: readonly { readonly document?: { readonly spec: object } }[] }).items;
    return JSON.stringify(found).includes('jobs/batch') ? found?.document : undefined;
  });
  const enforced = { ...document, metadata: { name: 'lab-observed', namespace: 'shop' }, spec: { ...document?.spec, enforcement: 'Enforce' } };
  await applied(mesh, enforced);
  for (const caller of [web, batch]) {
    const answers = await caller.many({ url: `${AT}/orders/{n}/items` }, 100, 4);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  }
  const mallory = await LabCaller.start(mesh, { name: 'mallory' });
  await mallory.until(`${AT}/`, ({ status }) => status === 403);
});
