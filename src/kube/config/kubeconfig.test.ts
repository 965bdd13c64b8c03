import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Credentials } from './credentials.ts';
import { findKubeConfig, inClusterConfig, parseKubeconfig } from './kubeconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'weft-kubeconfig-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function kubeconfig(user: object, cluster: object = {}): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443/', 'certificate-authority-data': base64('CA'), ...cluster } }],
    contexts: [
      { name: 'here', context: { cluster: 'c', user: 'u', namespace: 'shop' } },
      { name: 'lost', context: { cluster: 'nowhere', user: 'u' } },
    ],
    users: [{ name: 'u', user }],
  });
}

const read = (user: object, cluster?: object, context?: string) => parseKubeconfig(join(folder, 'config'), kubeconfig(user, cluster), context);

describe('a kubeconfig', () => {
  test('with a client certificate', () => {
    expect(read({ 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') })).toEqual({
      server: 'https://10.0.0.1:6443',
      ca: 'CA',
      serverName: undefined,
      insecure: false,
      certificate: { cert: 'CERT', key: 'KEY' },
      bearer: { kind: 'none' },
      namespace: 'shop',
    });
  });

  test('a token file is beside it', () => {
    expect(read({ tokenFile: 'token' }).bearer).toEqual({ kind: 'file', file: join(folder, 'token') });
  });

  test.each([
    ['a password', { username: 'a', password: 'b' }, {}, undefined, /user has "username".*no passwords/],
    ['an old plugin', { 'auth-provider': { name: 'gcp' } }, {}, undefined, /auth-provider is gone/],
    ['impersonation', { token: 't', as: 'root' }, {}, undefined, /impersonation/],
    ['half a certificate', { 'client-certificate-data': base64('CERT') }, {}, undefined, /certificate or a client key, and not both/],
    ['a proxy', {}, { 'proxy-url': 'http://p' }, undefined, /proxy-url is not supported/],
    ['no server', {}, { server: '10.0.0.1' }, undefined, /no server that begins with https/],
    ['a context that is not there', {}, {}, 'there', /contexts has no "there"/],
    ['a cluster that is not there', {}, {}, 'lost', /clusters has no "nowhere"/],
    [
      'a plugin that wants to ask',
      { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'x', interactiveMode: 'Always' } },
      {},
      undefined,
      /Always/,
    ],
    ['a plugin of another time', { exec: { apiVersion: 'client.authentication.k8s.io/v1alpha1', command: 'x' } }, {}, undefined, /exec.apiVersion/],
  ] as const)('%s is refused by name', (_what, user, cluster, context, words) => {
    expect(() => read(user, cluster, context)).toThrow(words);
  });

  test('what is no YAML, or not there, is named with its file', () => {
    expect(() => parseKubeconfig('/x/config', '{')).toThrow(/^\/x\/config is not YAML/);
    expect(() => findKubeConfig({ KUBECONFIG: join(folder, 'nothing') })).toThrow(/there is no kubeconfig .*nothing/);
  });

  test('the own one of a pod', () => {
    const account = join(folder, 'account');
    mkdirSync(account);
    for (const [name, text] of Object.entries({ token: 'T', 'ca.crt': 'CA', namespace: 'weft-system\n' })) writeFileSync(join(account, name), text);
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    expect(inClusterConfig(env, account)).toMatchObject({ server: 'https://[fd00::1]:443', ca: 'CA', namespace: 'weft-system', bearer: { kind: 'file' } });
    expect(inClusterConfig({}, account)).toBeUndefined();
  });
});

describe('credentials', () => {
  test('a token file is read anew after a minute, or when the server says no', async () => {
    let now = 0;
    const file = join(folder, 'rotated');
    const credentials = new Credentials(read({ tokenFile: 'rotated' }), () => now);
    await expect(credentials.current()).rejects.toMatchObject({ code: 'no-credential' });
    writeFileSync(file, 'one\n');
    expect(await credentials.current()).toEqual({ token: 'one' });
    writeFileSync(file, 'two\n');
    expect(await credentials.current()).toEqual({ token: 'one' });
    now = 60_001;
    expect(await credentials.current()).toEqual({ token: 'two' });
    writeFileSync(file, 'three\n');
    credentials.forget();
    expect(await credentials.current()).toEqual({ token: 'three' });
  });

  test('a plugin is asked again before its credential ends; what it prints besides is in no error', async () => {
    let now = Date.parse('2026-01-01T00:00:00Z');
    const plugin = join(folder, 'plugin');
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, installHint: 'install it' };
    const credentials = new Credentials(read({ exec }), () => now);
    const prints = (token: string): void => {
      const status = { token, expirationTimestamp: '2026-01-01T01:00:00Z' };
      writeFileSync(plugin, `#!/bin/sh\necho '${JSON.stringify({ apiVersion: exec.apiVersion, kind: 'ExecCredential', status })}'\n`);
      chmodSync(plugin, 0o755);
    };
    prints('one');
    expect(await credentials.current()).toEqual({ token: 'one' });
    prints('two');
    now += 3_580_000;
    expect(await credentials.current()).toEqual({ token: 'one' });
    now += 15_000;
    expect(await credentials.current()).toEqual({ token: 'two' });
    writeFileSync(plugin, '#!/bin/sh\necho a-secret; echo a-secret >&2; exit 1\n');
    credentials.forget();
    const failed = await credentials.current().catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'no-credential', message: expect.stringContaining('install it') });
    expect(JSON.stringify(failed) + String(failed)).not.toContain('a-secret');
  });
});
