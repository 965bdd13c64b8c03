import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { asciiText, fromBase64, readChain, readKeyPair, textBytes, toBase64 } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'x509-'));
afterAll(() => rmSync(folder, { recursive: true }));

function made(name: string, algorithm: readonly string[]): { readonly certificate: string; readonly key: string } {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const subject = ['-subj', `/CN=${name}.example.com`, '-addext', `subjectAltName=DNS:${name}.example.com,DNS:*.shop.example.com`];
  execFileSync('openssl', ['req', '-x509', '-nodes', '-days', '2', '-keyout', key, '-out', certificate, ...algorithm, ...subject], { stdio: 'ignore' });
  return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
const one = made('one', EC);
const two = made('two', EC);
const rsa = made('rsa', ['-newkey', 'rsa:2048']);

test('a pair of openssl is read, whatever the form of its key', () => {
  for (const { certificate, key } of [one, two, rsa]) {
    const read = readKeyPair(certificate, key);
    expect(read).toMatchObject({ ok: true });
    if (read.ok) expect(read.value.notAfter).toBeGreaterThan(Date.now());
  }
  const read = readKeyPair(one.certificate, one.key);
  if (read.ok) expect(read.value.names).toEqual(['one.example.com', '*.shop.example.com']);
  const traditional = (form: string, key: string): string =>
    execFileSync('openssl', [form, '-traditional'].slice(0, form === 'ec' ? 1 : 2), { input: key }).toString();
  expect(readKeyPair(one.certificate, traditional('ec', one.key))).toMatchObject({ ok: true });
  expect(readKeyPair(rsa.certificate, traditional('rsa', rsa.key))).toMatchObject({ ok: true });
});

test('what cannot be used says why, and quotes nothing', () => {
  const encrypted = execFileSync('openssl', ['pkcs8', '-topk8', '-passout', 'pass:secret'], { input: one.key }).toString();
  const weak = made('weak', ['-newkey', 'rsa:1024']);
  const strange = made('strange', ['-newkey', 'ed25519']);
  const cases: readonly [string, string, RegExp][] = [
    [one.certificate, two.key, /is not the key of the certificate/],
    [one.certificate, rsa.key, /is not the key of the certificate/],
    ['garbage', one.key, /is not PEM/],
    [one.certificate, 'garbage', /is not PEM/],
    [one.certificate.replace(/^M.{20}/m, 'AAAA'), one.key, /cannot be read/],
    [one.certificate, one.key.replace(/^M.{12}/m, 'AAAA'), /cannot be read/],
    [one.certificate, encrypted, /passphrase/],
    [one.certificate, one.key + two.key, /more than one/],
    [weak.certificate, weak.key, /1024 bits/],
    [strange.certificate, strange.key, /Ed25519/],
  ];
  for (const [certificate, key, words] of cases) {
    const read = readKeyPair(certificate, key);
    expect(read.ok ? 'read' : read.problem.message).toMatch(words);
  }
});

test('a chain is read whole', () => {
  expect(readChain(one.certificate + rsa.certificate)).toMatchObject({ ok: true, value: { length: 2 } });
  expect(readChain(`${one.certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`)).toMatchObject({ ok: false });
});

test('base64 goes both ways', () => {
  for (const text of ['', 'a', 'ab', 'abc', 'grün', '🙂 \ud800']) {
    const bytes = textBytes(text);
    expect(Buffer.from(bytes)).toEqual(Buffer.from(text.toWellFormed()));
    expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  }
  expect(asciiText(textBytes('abc'))).toBe('abc');
  for (const bad of ['a', 'abc', '====', 'ab=c', 'ä===']) expect(fromBase64(bad), bad).toBeUndefined();
});
