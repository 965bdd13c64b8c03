// An OpenID Connect issuer on this machine, over HTTPS, which publishes whatever a test wants.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK } from 'jose';
import { Authority } from '../../src/identity/index.ts';
import { realClock } from '../contract/store-kit.ts';

export interface TestIssuer extends AsyncDisposable {
  readonly issuer: string;
  readonly caPem: string;
  readonly keys: { readonly rsa: GenerateKeyPairResult; readonly ec: GenerateKeyPairResult };
  readonly rsaJwk: JWK;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Answers of paths; change them at will. */
  readonly answers: Map<string, { readonly status?: number; readonly headers?: Record<string, string>; readonly body: string }>;
}

export async function openIssuer(): Promise<TestIssuer> {
  const directory = mkdtempSync(join(tmpdir(), 'weft-issuer-'));
  const authority = Authority.open({ directory, trustDomain: 'issuer.test', clock: realClock });
  const { certificatePem: cert, keyPem: key } = authority.serverCertificate(['localhost', '127.0.0.1']);
  const answers: TestIssuer['answers'] = new Map();
  const asked: string[] = [];
  const server = createServer({ cert, key }, (request, response) => {
    asked.push(request.url ?? '');
    const { status = 200, headers = {}, body } = answers.get(request.url ?? '') ?? { status: 404, body: '' };
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const issuer = `https://localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const rsa = await generateKeyPair('RS256', { extractable: true });
  const ec = await generateKeyPair('ES256', { extractable: true });
  const rsaJwk = { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' };
  const ecJwk = { ...(await exportJWK(ec.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' };
  answers.set('/.well-known/openid-configuration', { body: JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }) });
  answers.set('/keys', {
    body: JSON.stringify({ keys: [rsaJwk, ecJwk, { kty: 'oct', k: Buffer.from('shared').toString('base64url'), kid: 'shared', alg: 'HS256' }] }),
  });
  return {
    issuer,
    caPem: authority.bundle(),
    keys: { rsa, ec },
    rsaJwk,
    asked,
    answers,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
