// S4 OIDC: users of a Gateway sign in at a provider (authorization code, PKCE), and nobody gets in who has not.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browser } from '../kit/browser.ts';
import { certificateFor, edgeRoute, gatewayDocument, type Reply, startGateway, tlsSecret } from '../kit/edge.ts';
import { appliedIn, startLab } from '../kit/lab.ts';
import { OpenIdProvider } from '../kit/openid-provider.ts';
import { authority, NameServer } from '../kit/origin.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { freePort, type Program, TestMesh } from '../kit/test-mesh.ts';

const HOST = 'shop.example.com';
const ISSUER = 'https://idp.corp.example';
const SECRET = 'the-secret-of-the-client';
const COOKIES = 'cookies-are-sealed-with-this-and-nobody-else-knows';
const mesh = TestMesh.open();
const root = authority('provider root');
let idp: OpenIdProvider;
let names: NameServer;
let port = 0;
let control: Program;

const weft = (kind: string, name: string, spec: object) => ({ apiVersion: 'weft.dev/v1alpha1', kind, metadata: { name, namespace: 'edge' }, spec });
const signIn = (more: object = {}) =>
  weft('OIDCPolicy', 'staff', {
    targetRefs: [{ kind: 'Gateway', name: 'edge', sectionName: 'https' }],
    issuer: ISSUER,
    clientId: 'shop',
    clientSecretRef: { name: 'idp' },
    cookieSecretRef: { name: 'idp' },
    ...more,
  });
const secret = (data: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'idp', namespace: 'edge' }, stringData: data });
const browser = (): Browser => new Browser(port, HOST);
const becomes = (status: number, ask: () => Promise<Reply>): Promise<Reply> =>
  eventually(`status ${status}`, async () => {
    const reply = await ask();
    return reply.status === status ? reply : undefined;
  });
const location = ({ headers }: Reply): string => String(headers['location'] ?? '');

/** A browser that has signed in. */
async function signedIn(path = '/headers'): Promise<Browser> {
  const user = browser();
  const back = await user.open(idp.signIn(location(await user.open(path))));
  expect([back.status, location(back)]).toEqual([302, `https://${HOST}${path}`]);
  return user;
}

beforeAll(async () => {
  control = await mesh.up();
  port = await freePort();
  idp = await OpenIdProvider.open({ issuer: ISSUER, pair: root.issue(['idp.corp.example']), clientId: 'shop', clientSecret: SECRET });
  names = await NameServer.open({ 'idp.corp.example': ['127.0.0.1'] });
  const rule = (name: string, path: string) => ({ name, matches: [{ path: { value: path } }], backendRefs: [{ name: 'lab', port: 80 }] });
  await mesh.apply([
    serviceDocument('lab', { app: 'lab' }),
    tlsSecret('shop', certificateFor(mesh, [HOST])),
    gatewayDocument([{ name: 'https', port, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'shop' }] } }]),
    edgeRoute('lab', [rule('admin', '/headers/admin'), rule('rest', '/')]),
  ]);
  await startLab(mesh, 'lab');
  await startGateway(mesh);
  await becomes(200, () =>
    browser()
      .open('/headers')
      .catch(() => ({ status: 0 }) as Reply),
  );
}, 120_000);

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
  await idp[Symbol.asyncDispose]();
  await names[Symbol.asyncDispose]();
});

const provider = () =>
  weft('ExternalService', 'idp', {
    hosts: ['idp.corp.example'],
    ports: [{ name: 'https', port: 443, targetPort: idp.port, appProtocol: 'http' }],
    resolution: 'DNS',
    dns: { mode: 'Strict', refresh: '1s', resolvers: [names.address] },
    tls: { caCertificates: root.pem },
  });
const codes = async (): Promise<readonly string[]> => {
  const { status } = await mesh.call<{ status?: { conditions?: readonly { message?: string }[] } }>(
    '/apis/weft.dev/v1alpha1/namespaces/edge/oidcpolicies/staff',
  );
  return [...JSON.stringify(status ?? {}).matchAll(/WEFT\d{4}/g)].map(([code]) => code);
};

const until = (wanted: readonly string[]) => eventually(wanted.join(), async () => ((await codes()).join() === wanted.join() ? true : undefined));

test('until everything is there nobody gets in, and what is missing is said', async () => {
  await mesh.apply([signIn()]);
  const closed = await becomes(503, () => browser().open('/headers'));
  expect(closed.headers['weft-reason']).toMatch(/^sign-in-unavailable; request=/);
  await until(['WEFT2170', 'WEFT2170', 'WEFT2171']);
  await mesh.apply([secret({ 'client-secret': SECRET, 'cookie-secret': 'short' }), provider()]);
  await until(['WEFT2170']);
  expect((await browser().open('/headers')).status).toBe(503);
  await mesh.apply([secret({ 'client-secret': SECRET, 'cookie-secret': COOKIES })]);
  await becomes(302, () => browser().open('/headers'));
  const { items } = await mesh.call<{ items: readonly { id: string }[] }>('/weft/v1/proxies');
  const shown = await Promise.all(items.map(({ id }) => mesh.call(`/weft/v1/proxies/${id}/resources`)));
  const told = JSON.stringify(shown) + control.words();
  expect([told.includes('sign-in:edge/staff'), told.includes(SECRET), told.includes(COOKIES)]).toEqual([true, false, false]);
});

test('a user signs in and gets back to where he was; what he keeps is for browsers alone; he signs out', async () => {
  const user = browser();
  const sent = location(await user.open('/headers?x=1'));
  expect(sent).toMatch(/^https:\/\/idp\.corp\.example\/authorize\?/);
  const asked = new URL(sent).searchParams;
  expect([asked.get('redirect_uri'), asked.get('scope'), asked.get('code_challenge_method')]).toEqual([
    `https://${HOST}/oauth2/callback`,
    'openid email profile',
    'S256',
  ]);
  const back = await user.open(idp.signIn(sent));
  expect([back.status, location(back)]).toEqual([302, `https://${HOST}/headers?x=1`]);
  const session = [...user.jar.values()].map(({ attributes }) => attributes);
  expect(session).not.toEqual([]);
  for (const attributes of session) expect(attributes).toMatch(/^;path=\/;Max-Age=\d+;secure;HttpOnly;SameSite=Lax$/);
  const { status, body } = await user.open('/headers?x=1');
  expect([status, /access-of-ann|refresh/.test(body)]).toEqual([200, false]);
  expect((await user.open('/headers', { headers: { 'sec-fetch-mode': 'cors' } })).status).toBe(200);
  const left = await user.open('/oauth2/logout');
  expect(location(left)).toMatch(/^https:\/\/idp\.corp\.example\/logout\?id_token_hint=[\w-]+\.[\w-]+\.[\w-]+&client_id=shop&post_logout_redirect_uri=/);
  expect([user.jar.size, (await user.open('/headers')).status]).toEqual([0, 302]);
});

test('what is no page gets 401, and nothing that a client says of itself lets it in', async () => {
  for (const headers of [{ 'sec-fetch-mode': 'cors' }, { 'x-requested-with': 'XMLHttpRequest' }]) {
    const denied = await browser().open('/headers', { headers });
    expect([denied.status, denied.headers['weft-reason']]).toEqual([401, expect.stringMatching(/^sign-in-denied; request=/)]);
  }
  const spoofs: readonly Readonly<Record<string, string>>[] = [
    { 'x-forwarded-client-cert': 'By=spiffe://example.mesh/ns/shop/sa/lab;URI=spiffe://example.mesh/ns/edge/sa/edge' },
    { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'other.example', 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' },
    { 'x-envoy-internal': 'true', 'x-envoy-original-path': '/oauth2/callback', 'x-envoy-oauth-status': 'success', 'x-weft-user': 'ann' },
    { authorization: 'Bearer access-of-ann' },
    { cookie: '__Host-weft-edge.staff-seal=x; __Host-weft-edge.staff-until=99999999999; __Host-weft-edge.staff-access=access-of-ann' },
  ];
  for (const headers of spoofs) {
    const reply = await browser().open('/headers', { headers });
    expect([headers, reply.status, location(reply).startsWith(`${ISSUER}/authorize?`)]).toEqual([headers, 302, true]);
    expect(new URL(location(reply)).searchParams.get('redirect_uri')).toBe(`https://${HOST}/oauth2/callback`);
  }
});

test('codes and states are good once, and for the browser alone that was sent', async () => {
  const user = browser();
  const sent = location(await user.open('/headers'));
  const back = idp.signIn(sent);
  // Somebody else's browser: without the cookie, and with one of its own.
  const other = browser();
  await other.open('/headers');
  for (const stranger of [browser(), other]) expect((await stranger.open(back)).status).toBe(401);
  const state = new URL(back).searchParams.get('state') ?? '';
  const changed = Buffer.from(Buffer.from(state, 'base64url').toString().replace(HOST, 'evil.example')).toString('base64url');
  const wrong = ['', 'x', changed.slice(0, 20), Buffer.from('{"url":"https://evil.example/","csrf_token":"a.b","flow_id":"a"}').toString('base64url')];
  for (const each of wrong) expect([each, (await user.copy().open(back.replace(state, each))).status]).toEqual([each, 401]);
  // The verifier of PKCE is another one: the provider refuses the code.
  const verifier = user.copy((name, value) => (name.includes('-verifier') ? (other.jar.get('__Host-weft-edge.staff-verifier')?.value ?? value) : value));
  expect((await verifier.open(idp.signIn(sent))).status).toBe(401);
  const before = user.copy();
  expect((await user.open(back)).status).toBe(302);
  expect((await before.open(back)).status).toBe(401);
  expect(idp.exchanges.slice(-3)).toEqual(['authorization_code refused', 'authorization_code given', 'authorization_code refused']);
  expect((await before.open('/headers')).status).toBe(302);
});

test('a session that was changed, made longer or taken to another place is none', async () => {
  // With a refresh token it would be renewed.
  idp.refreshes = false;
  const user = await signedIn();
  idp.refreshes = true;
  expect((await user.copy().open('/headers')).status).toBe(200);
  const changes: readonly ((name: string, value: string) => string | undefined)[] = [
    (name, value) => (name.endsWith('-until') ? String(Number(value) + 3600) : value),
    (name, value) => (name.endsWith('-seal') ? `${value.slice(0, -3)}AA=` : value),
    (name, value) => (name.endsWith('-seal') ? undefined : value),
    (name, value) => (name.endsWith('-id') ? `${value.slice(0, -4)}AAAA` : value),
  ];
  for (const change of changes) expect([String(change), (await user.copy(change).open('/headers')).status]).toEqual([String(change), 302]);
  const elsewhere = new Browser(port, 'other.example.com', user.jar);
  expect((await elsewhere.open('/headers')).status).toBe(302);
});

test('a session ends when the token does; it is renewed without the user while the provider gives another', async () => {
  idp.expiresInS = 1;
  const [user, late] = [await signedIn(), await signedIn()];
  idp.refreshes = false;
  const alone = await signedIn();
  await becomes(302, () => alone.copy().open('/headers'));
  idp.refreshes = true;
  idp.expiresInS = 600;
  expect((await user.open('/headers')).status).toBe(200);
  expect(idp.exchanges.at(-1)).toBe('refresh_token given');
  // Nobody answers for it: it is not renewed, and not let in.
  idp.down = true;
  expect((await late.open('/headers')).status).toBe(302);
  idp.down = false;
});

test('while the provider is away nobody new gets in, and who is in stays', async () => {
  const user = await signedIn();
  idp.down = true;
  const next = browser();
  const back = await next.open(idp.signIn(location(await next.open('/headers'))));
  expect([back.status, (await next.open('/headers')).status, (await user.open('/headers')).status]).toEqual([401, 302, 200]);
  idp.down = false;
});

test('claims of who signed in decide where he may go (RequestAuthenticationPolicy, AuthorizationPolicy)', async () => {
  const target = [{ kind: 'Gateway', name: 'edge', sectionName: 'https' }];
  await mesh.apply([
    signIn({ idTokenHeader: 'x-id-token', forwardAccessToken: true }),
    weft('RequestAuthenticationPolicy', 'staff', {
      targetRefs: target,
      requirement: 'Required',
      issuers: [
        {
          issuer: ISSUER,
          audiences: ['shop'],
          keys: { inline: await idp.jwks() },
          from: [{ header: { name: 'x-id-token' } }],
          claimsToHeaders: [{ claim: 'sub', header: 'x-user' }],
        },
      ],
    }),
  ]);
  await appliedIn(
    'edge',
    mesh,
    weft('AuthorizationPolicy', 'admin', {
      targetRefs: target,
      action: 'DENY',
      rules: [{ to: [{ operation: { paths: ['/headers/admin'] } }], when: [{ key: 'request.auth.claims[sub]', notValues: ['root'] }] }],
    }),
  );
  const ann = await eventually('the token of ann', async () => {
    const user = await signedIn();
    return (await user.open('/headers')).body.includes('"x-user":"ann"') ? user : undefined;
  });
  const { body } = await ann.open('/headers', { headers: { 'x-user': 'root', 'x-id-token': 'forged' } });
  expect([JSON.parse(body)['x-user'], JSON.parse(body).authorization]).toEqual(['ann', 'Bearer access-of-ann']);
  await becomes(403, () => ann.open('/headers/admin'));
  idp.user = 'root';
  expect((await (await signedIn()).open('/headers/admin')).status).toBe(200);
});
