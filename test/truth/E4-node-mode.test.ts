// E4: applications of one machine behind one Envoy are in the mesh as those with a proxy of their own: mutual TLS, policies, numbers under their own names,
// and whatever ends, the others go on.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EdgesView, ProxyView, RecordsView } from '../../src/api/index.ts';
import { tree } from '../kit/cpu.ts';
import { applied, LabCaller, policyFor, startLab } from '../kit/lab.ts';
import { needs } from '../kit/require.ts';
import { eventually } from '../kit/shop.ts';
import { TapReader } from '../kit/tap.ts';
import { type Program, TestMesh } from '../kit/test-mesh.ts';

const { skip } = needs('root, for network namespaces', process.platform === 'linux' && process.geteuid?.() === 0);
const NODE = `t${process.pid}`;
const SECOND = `u${process.pid}`;
const LAB = 'http://lab.shop.mesh';
const WEB = 'spiffe://example.mesh/ns/shop/sa/web';

let mesh: TestMesh;
let node: Program;
let web: LabCaller;
let lab: Program;

async function startNode(name: string): Promise<Program> {
  const program = mesh.weft(['node', '--name', name, '--workers', '1', '--drain', '0s']);
  await program.printed(/takes workloads at/);
  return program;
}

const nodeView = async (name = NODE): Promise<ProxyView | undefined> =>
  (await mesh.call<{ readonly items: readonly ProxyView[] }>('/weft/v1/proxies')).items.find(({ id }) => id === `weft-system/node-${name}`);

/** The Envoy of a program, among what it has started. */
const envoyOf = (program: Program): number => {
  const found = tree(program.pid).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bootstrap.json'));
  if (found === undefined) throw new Error('no Envoy');
  return found;
};

beforeAll(async () => {
  if (skip) return;
  mesh = TestMesh.open();
  await mesh.up();
  node = await startNode(NODE);
  [lab, web] = await Promise.all([startLab(mesh, 'lab', { node: NODE }), LabCaller.start(mesh, { name: 'web', node: NODE })]);
}, 180_000);
afterAll(() => mesh?.[Symbol.asyncDispose]());

describe.skipIf(skip)('one Envoy for two applications', () => {
  test('they call each other with mutual TLS, each under its own identity; the proxy is a node’s', async () => {
    const { headers } = await web.until(`${LAB}/headers`, ({ status }) => status === 200);
    expect(headers).toBeDefined();
    const view = await nodeView();
    expect(view).toMatchObject({ role: 'node', connected: true });
    expect(view?.serves).toHaveLength(2);
    const ids = (await mesh.call<{ readonly items: readonly ProxyView[] }>('/weft/v1/proxies')).items.map(({ id }) => id);
    expect(ids).toEqual([`weft-system/node-${NODE}`]);
  });

  test('a policy denies with its reason; record and tap say whose it was', async () => {
    const tap = await TapReader.open(mesh, { service: 'lab', namespace: 'shop' }, 1);
    await applied(mesh, policyFor('AuthorizationPolicy', 'lab', { action: 'DENY', rules: [{ to: [{ operation: { paths: ['/denied'] } }] }] }));
    const denied = await web.until(`${LAB}/denied`, ({ status }) => status === 403);
    expect(denied.headers['weft-reason']).toContain('authz-denied; policy=shop/lab');
    const record = await eventually('a record', async () => {
      const { items } = await mesh.call<RecordsView>('/weft/v1/records', { method: 'POST', body: { limit: 100 } });
      return items.find(({ side, status }) => side === 'inbound' && status === 403);
    });
    expect(record).toMatchObject({ source: WEB, service: 'shop/lab', policy: expect.stringContaining('shop/lab') });
    expect(record.proxy).toMatch(/^shop\/lab-/);
    const line = await eventually('a line', async () => tap.lines.find((each) => each.kind === 'request' && each.path === '/denied'));
    expect(line).toMatchObject({ destination: { service: 'shop/lab', workload: expect.stringMatching(/^shop\/lab-/) } });
    await tap[Symbol.asyncDispose]();
  });

  test('numbers are those of each application, although one proxy tells them', async () => {
    await web.many({ url: `${LAB}/bytes/10` }, 20);
    const edge = await eventually(
      'an edge',
      async () => {
        const { items } = await mesh.call<EdgesView>('/weft/v1/edges?since=1h&namespace=shop');
        return items.find(({ destination, security }) => destination.called === 'shop/lab' && security === 'mutual_tls');
      },
      600,
    );
    expect(edge).toMatchObject({
      source: { service: 'web', namespace: 'shop', principal: WEB },
      destination: { service: 'lab', namespace: 'shop' },
    });
  });

  test('an application with a proxy of its own calls them, and they are called by it', async () => {
    const own = await LabCaller.start(mesh, { name: 'own' });
    await own.until(`${LAB}/bytes/1`, ({ status }) => status === 200);
  });

  test('the Envoy of the node is killed and comes back; traffic goes on', async () => {
    process.kill(envoyOf(node), 'SIGKILL');
    await node.next(/envoy ended/);
    await web.until(`${LAB}/bytes/1`, ({ status }) => status === 200);
  });

  test('weft run is killed: its listeners go at once, and the others stay', async () => {
    lab.child.kill('SIGKILL');
    await eventually('one workload less', async () => ((await nodeView())?.serves?.length === 1 ? true : undefined));
    await eventually('the node to be in sync', async () => ((await nodeView())?.sync === 'in sync' ? true : undefined));
    expect((await web.call(`${LAB}/bytes/1`)).status).toBe(503);
    lab = await startLab(mesh, 'lab', { node: NODE });
    await web.until(`${LAB}/bytes/1`, ({ status }) => status === 200);
  });

  test('weft node is killed and started again: the applications are still there', async () => {
    node.child.kill('SIGKILL');
    await web.program.next(/is gone/);
    expect((await web.call(`${LAB}/bytes/1`)).status).toBe(0);
    const back = web.program.next(/is there again/);
    node = await startNode(NODE);
    await back;
    await web.until(`${LAB}/bytes/1`, ({ status }) => status === 200);
    expect((await nodeView())?.serves).toHaveLength(2);
  });

  test('a second node takes part', async () => {
    await startNode(SECOND);
    await startLab(mesh, 'lab', { version: 'v2', node: SECOND });
    const seen = new Set<string>();
    await eventually('both nodes answer', async () => {
      seen.add((await web.call(`${LAB}/unless/none/500`)).body);
      return seen.size === 2 ? true : undefined;
    });
    expect([...seen].sort()).toEqual(['lab v1', 'lab v2']);
  });
});
