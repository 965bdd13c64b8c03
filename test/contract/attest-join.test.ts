// Joining with what a platform says, over the wire as `weft run --attest` does, and the files that docs/identity.md shows.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { joinCredential } from '../../src/api/index.ts';
import { systemClock } from '../../src/bin/clock.ts';
import { openControlPlane, type RunningControlPlane } from '../../src/bin/control-plane.ts';
import { readAttestors } from '../../src/cli/commands/up/attestors.ts';
import { openMachineClient } from '../../src/machine/control-plane.ts';
import { parseDocument } from '../../src/policy/index.ts';
import { awsCertificate } from '../kit/aws-certificate.ts';
import { joinRequest } from '../kit/join-request.ts';

const cluster = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const blocks = [...readFileSync(resolve(import.meta.dirname, '../../docs/identity.md'), 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  ([, text = '']) => text,
);

let folder: string;
let plane: RunningControlPlane;
let fingerprint: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weft-attest-'));
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [{ ...(await exportJWK(cluster.publicKey)), kid: 'k1' }] }));
  writeFileSync(join(folder, 'eu-central-1.pem'), awsCertificate().pem);
  const file = join(folder, 'attestors.yaml');
  writeFileSync(file, blocks.find((text) => text.startsWith('attestors:')) ?? '');
  const loopback = { host: '127.0.0.1', port: 0 };
  const attestors = await readAttestors(file);
  plane = await openControlPlane({ directory: join(folder, 'data'), api: loopback, xds: loopback, clock: systemClock, log: () => {}, attestors });
  const answer = await fetch(`${plane.apiUrl}/weft/v1/status`, { headers: { authorization: `Bearer ${plane.adminToken}` } });
  fingerprint = ((await answer.json()) as { rootFingerprint: string }).rootFingerprint;
});
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function podToken(account: string, lifeSeconds = 3600): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ sub: `system:serviceaccount:shop:${account}`, 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: account } } })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .setIssuer('https://kubernetes.default.svc.cluster.local')
    .setAudience('weft.example.mesh')
    .setIssuedAt(now)
    .setExpirationTime(now + lifeSeconds)
    .sign(cluster.privateKey);
}

async function joinWith(credential: string, service: string): Promise<string> {
  const machine = await openMachineClient({ host: '127.0.0.1', port: Number(plane.xdsAddress.split(':').pop()) }, credential);
  try {
    const { identity, proxyToken } = await machine.join(joinRequest(credential, service));
    await machine.renew(proxyToken);
    return identity;
  } finally {
    machine.close();
  }
}

describe('weft run --attest', () => {
  it('joins as the service account of its pod, again and again, and renews by what it is then', async () => {
    const credential = async (): Promise<string> => joinCredential({ attestor: 'kubernetes-token', fingerprint, token: await podToken('web') });
    expect(await joinWith(await credential(), 'web')).toBe('spiffe://example.mesh/ns/shop/sa/web');
    expect(await joinWith(await credential(), 'web')).toBe('spiffe://example.mesh/ns/shop/sa/web');
  });

  it('is refused for another service, an expired token, an attestor that is not there, a control plane that is another', async () => {
    const token = await podToken('web');
    await expect(joinWith(joinCredential({ attestor: 'kubernetes-token', fingerprint, token }), 'payments')).rejects.toThrow(/does not|allows the service web/);
    const expired = joinCredential({ attestor: 'kubernetes-token', fingerprint, token: await podToken('web', -10) });
    await expect(joinWith(expired, 'web')).rejects.toThrow(/has expired/);
    await expect(joinWith(joinCredential({ attestor: 'azure', fingerprint, token }), 'web')).rejects.toThrow(/has no attestor "azure"/);
    await expect(joinWith(joinCredential({ attestor: 'kubernetes-token', fingerprint: 'ab'.repeat(32), token }), 'web')).rejects.toThrow(/not the one/);
    await expect(joinWith(joinCredential({ fingerprint, token }), 'web')).rejects.toThrow(/not made by this control plane/);
  });
});

describe('the file of --attestors', () => {
  it('names every field that is wrong, and files that are not there', async () => {
    const file = join(folder, 'wrong.yaml');
    const reading = async (text: string): Promise<unknown> => {
      writeFileSync(file, text);
      return readAttestors(file);
    };
    await expect(reading('attestors: [{ type: kubernetes-token, issuer: x, audience: y, jwksFile: jwks.json, namespaces: [] }]')).rejects.toThrow(
      /attestors\.0\.namespaces/,
    );
    await expect(reading('attestors: [{ type: kubernetes-token, issuer: x, audience: y, jwksFile: none.json, namespaces: [shop] }]')).rejects.toThrow(
      /none\.json cannot be read/,
    );
    await expect(reading('attestors: [{ type: kubernetes-token, issuer: x, audience: y, jwksFile: eu-central-1.pem, namespaces: [shop] }]')).rejects.toThrow(
      /no JWK set/,
    );
    await expect(
      reading('attestors: [{ type: aws-iid, certificateFiles: [eu-central-1.pem], rules: [{ accountId: "1", namespace: shop, serviceAccount: web }] }]'),
    ).rejects.toThrow(/rules\.0\.accountId/);
    await expect(reading('attestors: [{ type: azure }]')).rejects.toThrow(/attestors\.0\.type/);
    mkdirSync(join(folder, 'nothing'));
    await expect(readAttestors(join(folder, 'nothing', 'x.yaml'))).rejects.toThrow(/cannot be read/);
  });
});

it('every document of docs/identity.md is one', () => {
  const documents = blocks.filter((text) => text.startsWith('apiVersion:'));
  expect(documents).toHaveLength(1);
  for (const text of documents) expect(parseDocument(parse(text)).diagnostics).toEqual([]);
});
