// weft check finds what was really broken, and is silent about it once it is mended.
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as check } from '../../src/cli/commands/check/index.ts';
import { captureLine } from '../../src/cli/commands/check/pre/capture.ts';
import { nodeLine } from '../../src/cli/commands/check/pre/programs.ts';
import { command as remove } from '../../src/cli/commands/delete/index.ts';
import { command as token } from '../../src/cli/commands/token/index.ts';
import { findControlPlane } from '../../src/cli/session.ts';
import { openMachineClient } from '../../src/machine/control-plane.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';
import { joinRequest } from '../kit/join-request.ts';

const workload = (name: string, extra = ''): string => `apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: ${name}, namespace: shop, labels: { app: ${name} } }
spec: { serviceAccount: ${name}, address: 192.0.2.7, ports: [{ name: http, port: 8080 }]${extra} }
`;
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: nobody, namespace: shop }
spec: { selector: { app: nobody }, ports: [{ name: http, port: 80, appProtocol: http }] }
`;
const GATEWAY = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: weft, listeners: [{ name: http, port: 8080, protocol: HTTP }] }
`;
const ROUTE = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: lost, namespace: shop }
spec: { parentRefs: [{ group: "", kind: Service, name: web }], rules: [{ backendRefs: [{ name: nowhere, port: 80 }] }] }
`;

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld();
  await world.join('web', {
    refuses: ({ body }) => (body.some((piece) => Buffer.from(piece).includes('/disliked')) ? 'this is not to my liking' : undefined),
  });
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

const short = (): Promise<string> => world.run(check, ['-o', 'short', '--threshold', 'error']);
const finds = (what: RegExp): Promise<void> => expect.poll(short, { timeout: 20_000 }).toMatch(what);
const silent = (code: string): Promise<void> => expect.poll(short, { timeout: 20_000 }).not.toContain(code);

describe('documents and workloads', () => {
  const file = (name: string, text: string): string => world.file(`${name}.yaml`, text);
  it.each([
    ['a backend that does not exist', 'WEFT1301', ROUTE],
    ['a workload without a proxy', 'WEFT2376', workload('bare')],
    ['a service that nobody serves', 'WEFT1309', SERVICE],
    ['a gateway without a proxy', 'WEFT2380', GATEWAY],
    ['two workloads on one port', 'WEFT2381', `${workload('one')}---\n${workload('two')}`],
  ])('%s', async (_what, code, text) => {
    const path = file(code, text);
    expect(await world.run(apply, ['-f', path])).toMatch(/^exit 0/);
    await finds(new RegExp(`${code} .* → weft `));
    expect(await world.run(remove, ['-f', path])).toMatch(/^exit 0/);
    await silent(code);
  });
});

describe('proxies and tokens', () => {
  it('a proxy that refuses, and one that is gone', async () => {
    const path = world.file('refused.yaml', ROUTE.replace('nowhere', 'web').replace('backendRefs', 'matches: [{ path: { value: /disliked } }], backendRefs'));
    expect(await world.run(apply, ['-f', path])).toMatch(/^exit 0/);
    await finds(/WEFT2371 {2}shop\/web-1 refuses .*this is not to my liking/);
    expect(await world.run(check, [])).toMatch(/^exit 79\n/);
    expect(await world.run(remove, ['-f', path])).toMatch(/^exit 0/);
    await silent('WEFT2371');
    const client = await world.join('away');
    client.close();
    await finds(/WEFT2373 {2}shop\/away-1 is not connected → weft proxies -n shop/);
  });

  it('a join token that is used twice, and a clock that is off', async () => {
    const { http, xds = '' } = findControlPlane({ env: world.env }, {});
    const body = { namespace: 'shop', serviceAccount: 'late' };
    const { token: joinToken } = (await http.json({ method: 'POST', path: '/weft/v1/tokens', body })) as { readonly token: string };
    const machine = await openMachineClient({ host: '127.0.0.1', port: Number(xds.split(':').pop()) }, joinToken);
    const { proxyToken } = await machine.join(joinRequest(joinToken, 'late'));
    await expect(machine.join({ ...joinRequest(joinToken, 'late'), instance: '2' })).rejects.toThrow('works once');
    await finds(/WEFT2370 {2}machines were turned away once: their credentials had been used before/);
    await machine.renew(proxyToken, undefined, world.now - 60_000);
    await finds(/WEFT2363 {2}the clock of shop\/late-1 is 60 s behind/);
    await machine.renew(proxyToken, undefined, world.now + 10);
    await silent('WEFT2363');
    machine.close();
  });

  it('a token of a user that ends soon', async () => {
    expect(await world.run(token, ['create', '--user', 'ann', '--ttl', '72h'])).toMatch(/^exit 0/);
    await finds(/WEFT2369 {2}token \w+ of ann ends in \d days → weft token create --user ann/);
  });
});

describe('this command', () => {
  it('says what it is without a control plane, and waits for one when it is told to', async () => {
    const nowhere = { env: { WEFT_DATA: `${world.directory}/nothing` } };
    expect(await world.run(check, [], nowhere)).toMatch(/^exit 69\n/);
    expect(await world.run(check, ['--wait', '10ms'], nowhere)).toMatch(/^exit 69\n/);
    expect(await world.run(check, ['--wait', 'soon'])).toMatch(/^exit 64\n/);
  });

  it('finds a port that is taken', async () => {
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(7400, '127.0.0.1', () => resolve(true));
    });
    const said = await world.run(check, ['--pre', '-o', 'short'], { env: { WEFT_DATA: `${world.directory}/nothing` } });
    if (free) server.close();
    expect(said).toMatch(/^exit 79\n[\s\S]*WEFT2391 {2}port 7400 of 127\.0\.0\.1 cannot be had: another process listens there → weft up --api/);
  });

  it('knows an old Node, and a machine where applications have to be told', async () => {
    expect(nodeLine('20.11.0').findings.map(({ code }) => code)).toEqual(['WEFT2394']);
    expect(nodeLine('24.1.0').findings).toEqual([]);
    const way = { mode: 'explicit', missing: async () => [], prepare: () => Promise.reject(new Error('not here')) } as const;
    const line = await captureLine(async () => ({ way, instead: [{ mode: 'pasta', why: ['no pasta'] }] }));
    expect(line.findings.map(({ code, words }) => `${code} ${words}`)).toEqual([expect.stringMatching(/^WEFT2390 .*pasta: no pasta$/)]);
  });
});
