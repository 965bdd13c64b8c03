// S-13: testssl.sh finds nothing above LOW at any listener of the control plane, but for what every private authority has.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

interface Finding {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}

const GRAVE: readonly string[] = ['MEDIUM', 'HIGH', 'CRITICAL', 'FATAL'];

/** What testssl.sh expects of certificates for the world, by the beginning of its name, and why it is otherwise here. */
const OF_THE_WORLD = {
  cert_chain_of_trust: 'the root is the mesh’s own, and clients pin it',
  cert_revocation: 'certificates live for a month at most and are exchanged without anybody, and a banned one is refused by its serial (docs/identity.md)',
  cert_expirationStatus: 'they are short on purpose',
  cert_notAfter: 'they are short on purpose',
} as const;
/** The same for one listener. */
const HERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  API: { BREACH: 'the files of the dashboard are the same for everybody and have no secret; answers of the API are not compressed' },
  bundle: { cert_trust: 'it has an identity (SPIFFE ID) and no name, which peers ask for' },
};
const expected = (name: string, { id }: Finding): boolean => Object.keys({ ...OF_THE_WORLD, ...HERE[name] }).some((known) => id.startsWith(known));

let mesh: TestMesh;
const ports: Record<string, number> = {};

beforeAll(async () => {
  mesh = TestMesh.open();
  const bundle = await freePort();
  await mesh.up(['--federation', `127.0.0.1:${bundle}`]);
  const webhooks = mesh.start(process.execPath, [join(import.meta.dirname, '../kit/webhooks.ts')]);
  const hooks = Number((await webhooks.printed(/listening (\d+)/))[1]);
  Object.assign(ports, { proxies: mesh.xdsPort, API: Number(new URL(mesh.api.url).port), bundle, webhooks: hooks });
});
afterAll(async () => mesh[Symbol.asyncDispose]());

/** Protocols, ciphers by strength, forward secrecy, certificate, vulnerabilities. */
async function findings(port: number): Promise<readonly Finding[]> {
  const file = join(mesh.folder, `${port}.json`);
  const args = ['--quiet', '--color', '0', '--warnings', 'off', '--ip', 'one', '-p', '-s', '-f', '-S', '-U', '--jsonfile', file, `127.0.0.1:${port}`];
  // Its exit code counts what it found.
  await new Promise<void>((done, failed) =>
    execFile('testssl', args, { maxBuffer: 2 ** 24 }, (error) => ((error as NodeJS.ErrnoException | null)?.code === 'ENOENT' ? failed(error) : done())),
  );
  return JSON.parse(readFileSync(file, 'utf8')) as readonly Finding[];
}

test.each(['proxies', 'API', 'bundle', 'webhooks'])('%s', { timeout: 900_000 }, async (name) => {
  const found = await findings(ports[name] ?? 0);
  expect(found.find(({ id }) => id === 'TLS1_3')?.finding).toMatch(/^offered/);
  for (const old of ['SSLv2', 'SSLv3', 'TLS1', 'TLS1_1']) expect(found.find(({ id }) => id === old)?.finding).toMatch(/^not offered/);
  const grave = found.filter(({ severity }) => GRAVE.includes(severity));
  process.stderr.write(`tls: ${name}: ${found.length} findings, above LOW: ${grave.map(({ id, severity }) => `${id} ${severity}`).join(', ')}\n`);
  expect(grave.filter((each) => !expected(name, each))).toEqual([]);
});
