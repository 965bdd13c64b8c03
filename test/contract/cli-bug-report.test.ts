// weft bug-report: secrets of every kind are planted everywhere, and none of their bytes is in what comes out.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as report } from '../../src/cli/commands/bug-report/index.ts';
import { command as token } from '../../src/cli/commands/token/index.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const PLANTED = {
  password: 'correct-horse-battery-17',
  repeated: 'only-known-because-a-Secret-has-it',
  key: 'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQ0FOQVJZ',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJlLWNhbmFyeQ',
  bearer: 'canary-bearer-0a1b2c3d4e5f',
  basic: base64('ann:canary-basic-password'),
  userinfo: 'canary-userinfo-pw',
  apiKey: 'canary-api-key-99',
  github: 'ghp_canaryCanaryCanaryCanaryCanary1234',
  copied: 'canary-in-last-applied',
  header: 'canary-header-value',
  logged: 'canary-logged-secret',
} as const;
const PEM = `-----BEGIN PRIVATE KEY-----\n${PLANTED.key}\n-----END PRIVATE KEY-----\n`;
const MESSY = `db_password=${PLANTED.password} url=https://root:${PLANTED.userinfo}@db.example/ Authorization: Bearer ${PLANTED.bearer} ${PLANTED.jwt} ${PLANTED.github} api_key: "${PLANTED.apiKey}" and ${PLANTED.repeated}`;

const documents = [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80, appProtocol: 'http' }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'keys', namespace: 'shop' },
    stringData: { password: PLANTED.password, note: PLANTED.repeated, 'tls.key': PEM },
  },
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'config',
      namespace: 'shop',
      annotations: { note: MESSY, 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ stringData: { x: PLANTED.copied } }) },
    },
    data: { 'app.env': MESSY, 'key.pem': PEM, password: PLANTED.copied, encoded: base64(PLANTED.repeated) },
  },
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: 'web' }],
      rules: [
        {
          filters: [
            {
              type: 'RequestHeaderModifier',
              requestHeaderModifier: {
                set: [
                  { name: 'authorization', value: `Basic ${PLANTED.basic}` },
                  { name: 'x-api-key', value: PLANTED.header },
                ],
              },
            },
          ],
          backendRefs: [{ name: 'web', port: 80 }],
        },
      ],
    },
  },
];

let world: CliWorld;
let userToken = '';
beforeAll(async () => {
  world = await openCliWorld();
  expect(await world.run(apply, ['-f', world.file('all.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items: documents }))])).toMatch(/^exit 0/);
  await world.join('web');
  userToken = (await world.run(token, ['create', '--user', 'ann', '--role', 'view'], { namespace: 'shop' })).match(/weft_\S+/)?.[0] ?? '';
  expect(userToken).toMatch(/^weft_/);
  world.file('weft.log', `{"level":"info","token":"${userToken}","message":"secret=${PLANTED.logged}"}\n${MESSY}\n${PEM}`);
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

const secrets = (): readonly string[] => [...Object.values(PLANTED), ...Object.values(PLANTED).map(base64), userToken];
const leaks = (bytes: Buffer): readonly string[] => secrets().filter((secret) => bytes.includes(secret) || bytes.includes(JSON.stringify(secret).slice(1, -1)));

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => (statSync(join(folder, name)).isDirectory() ? filesOf(join(folder, name)) : [join(folder, name)]));
}

test('no byte of what was planted is in the archive, and what is useful is', async () => {
  const file = join(world.directory, 'report.tar.gz');
  const said = await world.run(report, ['-f', file, '--proxy', 'shop/web-1', '--log', join(world.directory, 'weft.log')]);
  expect(said).toMatch(/^exit 0\n--- out\n✔ report\.tar\.gz {3}\d+ files/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const bytes = gunzipSync(readFileSync(file));
  expect(bytes.length % 512).toBe(0);
  expect(leaks(bytes)).toEqual([]);
  const text = bytes.toString('utf8');
  for (const there of [
    'documents/httproutes.json',
    'proxies/shop/web-1.json',
    'outbound|80||web.shop.mesh',
    'weft_convergence_seconds_count',
    'WEFT',
    'audit.json',
    'x-api-key',
  ])
    expect(text).toContain(there);
}, 60_000);

test('a folder says what is in it and what was left out, also for somebody who may see little', async () => {
  const folder = join(world.directory, 'report');
  const env = { WEFT_SERVER: world.api, WEFT_TOKEN: userToken };
  const said = await world.run(report, ['-f', folder, '--proxy', 'shop/web-1'], { env, namespace: 'shop' });
  expect(said).toMatch(/^exit 0\n[\s\S]*‼ without documents of kind Secret: /);
  const contents = JSON.parse(readFileSync(join(folder, 'contents.json'), 'utf8')) as {
    readonly files: readonly { readonly name: string }[];
    readonly leftOut: readonly { readonly what: string }[];
  };
  expect(contents.files.map(({ name }) => name)).toEqual(expect.arrayContaining(['versions.json', 'status.json', 'proxies/shop/web-1.json']));
  expect(contents.leftOut.map(({ what }) => what)).toEqual(expect.arrayContaining(['end of the audit log', 'what Secrets say, keys, tokens, passwords']));
  for (const path of filesOf(folder)) {
    expect([path, leaks(readFileSync(path)).filter((leak) => leak !== PLANTED.repeated && leak !== base64(PLANTED.repeated))]).toEqual([path, []]);
    if (path.endsWith('.json')) JSON.parse(readFileSync(path, 'utf8'));
  }
}, 60_000);
