// Certificates as a way to sign in, over the real TLS door.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realClock } from '../../test/contract/store-kit.ts';
import { openTestApi, type TestApi } from '../../test/kit/manage-api.ts';
import { Authority } from '../identity/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-people-'));
const file = (name: string): string => join(folder, name);
const openssl = (...words: string[]): void => void execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });

/** A P-256 authority, and leaves of it with the given subject and extensions. */
function makeAuthority(name: string): void {
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.crt`,
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
  );
}

function makeLeaf(name: string, authority: string, subject: string, extensions = 'extendedKeyUsage=clientAuth', days = '2'): void {
  openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
  writeFileSync(file(`${name}.ext`), extensions);
  openssl(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    '-CA',
    `${authority}.crt`,
    '-CAkey',
    `${authority}.key`,
    '-CAcreateserial',
    '-out',
    `${name}.crt`,
    '-days',
    days,
    '-extfile',
    `${name}.ext`,
  );
}

const SPIFFE = 'spiffe://example.mesh/ns/shop/sa/web';
let api: TestApi;
let rootPem: string;
beforeAll(async () => {
  for (const name of ['people', 'mesh', 'stranger']) makeAuthority(name);
  const authority = Authority.open({ directory: file('identity'), trustDomain: 'example.mesh', clock: realClock });
  rootPem = authority.bundle();
  const read = (name: string): string => readFileSync(file(`${name}.crt`), 'utf8');
  api = await openTestApi({
    tls: authority.serverCertificate(['localhost', '127.0.0.1']),
    clientCertificates: { peoplePem: read('people'), meshPem: () => read('mesh'), trustDomain: 'example.mesh', banned: (id) => id.endsWith('/sa/banned') },
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function whoami(leaf: string | undefined, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const pair = leaf === undefined ? {} : { cert: readFileSync(file(`${leaf}.crt`)), key: readFileSync(file(`${leaf}.key`)) };
  const asked = request({
    host: '127.0.0.1',
    port: api.api.port,
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    method: 'POST',
    ca: rootPem,
    agent: false,
    headers: { 'content-type': 'application/json', ...headers },
    ...pair,
  }).end('{}');
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return response.statusCode === 201 ? JSON.parse(text).status.userInfo : response.statusCode;
}

test('a person by an authority of the operator, a workload by its identity', async () => {
  makeLeaf('ann', 'people', '/O=ops/O=system:masters/CN=ann');
  expect(await whoami('ann')).toEqual({ username: 'ann', groups: ['ops', 'system:authenticated'] });
  makeLeaf('web', 'mesh', '/CN=web', `extendedKeyUsage=clientAuth,serverAuth\nsubjectAltName=URI:${SPIFFE}`);
  expect(await whoami('web')).toEqual({
    username: 'system:serviceaccount:shop:web',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
  });
});

test.each([
  ['no certificate', undefined, '', '', ''],
  ['a stranger’s authority', 'unknown', 'stranger', '/CN=ann', 'extendedKeyUsage=clientAuth'],
  ['a reserved name', 'root', 'people', '/CN=system:admin', 'extendedKeyUsage=clientAuth'],
  ['the administrator’s name', 'admin', 'people', '/CN=admin', 'extendedKeyUsage=clientAuth'],
  ['two names', 'two', 'people', '/CN=ann/CN=bob', 'extendedKeyUsage=clientAuth'],
  ['a certificate for servers', 'server', 'people', '/CN=ann', 'extendedKeyUsage=serverAuth'],
  ['a workload’s name from the authority of people', 'posing', 'people', '/O=x', `extendedKeyUsage=clientAuth\nsubjectAltName=URI:${SPIFFE}`],
  ['a person’s name from the mesh', 'named', 'mesh', '/CN=ann', 'extendedKeyUsage=clientAuth'],
  ['another trust domain', 'foreign', 'mesh', '/CN=x', 'extendedKeyUsage=clientAuth\nsubjectAltName=URI:spiffe://other.mesh/ns/shop/sa/web'],
  ['two identities', 'double', 'mesh', '/CN=x', `extendedKeyUsage=clientAuth\nsubjectAltName=URI:${SPIFFE},URI:spiffe://example.mesh/ns/b/sa/c`],
  ['one who is shut out', 'banned', 'mesh', '/CN=x', 'extendedKeyUsage=clientAuth\nsubjectAltName=URI:spiffe://example.mesh/ns/shop/sa/banned'],
])('%s is nobody', async (_what, leaf, authority, subject, extensions) => {
  if (leaf !== undefined) makeLeaf(leaf, authority, subject, extensions);
  expect(await whoami(leaf)).toBe(401);
});

test('a wrong token is not made good by a certificate', async () => {
  makeLeaf('bob', 'people', '/CN=bob');
  expect(await whoami('bob', { authorization: 'Bearer wrong' })).toBe(401);
  expect(await whoami('bob', { authorization: 'Basic x' })).toBe(401);
  expect(await whoami('bob')).toMatchObject({ username: 'bob' });
});
