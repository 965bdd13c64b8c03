// A small OpenID provider for tests: authorization code with PKCE (S256), codes for one use, ID tokens of jose, refresh tokens, sign-out. Everybody who
// comes by is signed in as who `user` says.
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, SignJWT } from 'jose';

export interface ProviderOptions {
  readonly issuer: string;
  readonly pair: { readonly certificate: string; readonly key: string };
  readonly clientId: string;
  readonly clientSecret: string;
}

interface Grant {
  readonly redirectUri: string;
  readonly challenge: string;
}

type Answer = { readonly status: number; readonly json?: unknown; readonly location?: string };

export class OpenIdProvider implements AsyncDisposable {
  readonly #options: ProviderOptions;
  readonly #server: ReturnType<typeof createServer>;
  readonly #keys: GenerateKeyPairResult;
  readonly #grants = new Map<string, Grant>();
  readonly #refresh = new Set<string>();
  /** How it behaves; change it at will. */
  user = 'ann';
  expiresInS = 600;
  refreshes = true;
  down = false;
  /** Instead of what it would say of itself. */
  discovery: unknown;
  /** Requests to the token endpoint: their grant type, and what became of them. */
  readonly exchanges: string[] = [];

  private constructor(options: ProviderOptions, keys: GenerateKeyPairResult) {
    this.#options = options;
    this.#keys = keys;
    const { certificate: cert, key } = options.pair;
    this.#server = createServer({ cert, key }, async (request, response) => {
      const { status, json, location } = await this.#answer(request).catch((): Answer => ({ status: 500 }));
      response.writeHead(status, { 'content-type': 'application/json', ...(location === undefined ? {} : { location }) });
      response.end(json === undefined ? '' : JSON.stringify(json));
    });
  }

  static async open(options: ProviderOptions): Promise<OpenIdProvider> {
    const provider = new OpenIdProvider(options, await generateKeyPair('ES256', { extractable: true }));
    provider.#server.listen(0, '127.0.0.1');
    await once(provider.#server, 'listening');
    return provider;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async jwks(): Promise<string> {
    return JSON.stringify({ keys: [{ ...(await exportJWK(this.#keys.publicKey)), kid: 'idp', alg: 'ES256', use: 'sig' }] });
  }

  /** What a browser does there: signs in, and is sent back with a code. */
  signIn(location: string): string {
    const asked = new URL(location).searchParams;
    const redirectUri = asked.get('redirect_uri') ?? '';
    if (asked.get('client_id') !== this.#options.clientId || asked.get('response_type') !== 'code' || asked.get('code_challenge_method') !== 'S256')
      throw new Error(`not a request of the client: ${location}`);
    const code = randomUUID();
    this.#grants.set(code, { redirectUri, challenge: asked.get('code_challenge') ?? '' });
    return `${redirectUri}?${new URLSearchParams({ code, state: asked.get('state') ?? '' })}`;
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    if (this.down) return { status: 503 };
    const { issuer } = this.#options;
    const { pathname } = new URL(request.url ?? '/', issuer);
    if (pathname === '/.well-known/openid-configuration') return { status: 200, json: this.discovery ?? this.#metadata() };
    if (pathname === '/keys') return { status: 200, json: JSON.parse(await this.jwks()) };
    return pathname === '/token' && request.method === 'POST' ? this.#token(request) : { status: 404 };
  }

  #metadata() {
    const { issuer } = this.#options;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      end_session_endpoint: `${issuer}/logout`,
      jwks_uri: `${issuer}/keys`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    };
  }

  async #token(request: IncomingMessage): Promise<Answer> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const what = form.get('grant_type') ?? '';
    const good = form.get('client_id') === this.#options.clientId && form.get('client_secret') === this.#options.clientSecret && this.#granted(what, form);
    this.exchanges.push(`${what} ${good ? 'given' : 'refused'}`);
    return good ? { status: 200, json: await this.#tokens() } : { status: 400, json: { error: 'invalid_grant' } };
  }

  #granted(what: string, form: URLSearchParams): boolean {
    if (what === 'refresh_token') return this.#refresh.delete(form.get('refresh_token') ?? '');
    const code = form.get('code') ?? '';
    const grant = this.#grants.get(code);
    // A code is good once (RFC 6749 §4.1.2).
    this.#grants.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    return what === 'authorization_code' && grant !== undefined && grant.redirectUri === form.get('redirect_uri') && grant.challenge === challenge;
  }

  async #tokens() {
    const { issuer, clientId } = this.#options;
    const refresh = randomUUID();
    this.#refresh.add(refresh);
    const idToken = await new SignJWT({ email: `${this.user}@corp.example`, groups: ['staff'] })
      .setProtectedHeader({ alg: 'ES256', kid: 'idp' })
      .setIssuer(issuer)
      .setAudience(clientId)
      .setSubject(this.user)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(this.#keys.privateKey);
    const base = { token_type: 'Bearer', access_token: `access-of-${this.user}`, expires_in: this.expiresInS, id_token: idToken };
    return this.refreshes ? { ...base, refresh_token: refresh } : base;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}
