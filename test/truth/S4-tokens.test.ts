// S4: tokens of end users, where requests arrive: whose are valid, where they stand, what the application is told, and what is never accepted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { criticalTokens, forgedSignatures } from '../kit/forged-signatures.ts';
import { forgedTokens, respelledTokens } from '../kit/forged-tokens.ts';
import { applied, LabCaller, policyFor } from '../kit/lab.ts';
import { serviceDocument, startApp } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';
import { AUDIENCE, ISSUER, jwksOf, makeKey, token } from '../kit/tokens.ts';

let mesh: TestMesh;
let web: LabCaller;
const AT = 'http://ledger.shop.mesh/';
const es = makeKey('one');
const rs = makeKey('two', 'RS256');
const keys = { inline: jwksOf(es, rs) };
const issuer = { issuer: ISSUER, audiences: [AUDIENCE], keys };
const PLURAL = '/apis/weft.dev/v1alpha1/namespaces/shop/requestauthenticationpolicies/ledger';

beforeAll(async () => {
  mesh = TestMesh.open();
  await mesh.up();
  await mesh.apply([serviceDocument('ledger', { app: 'ledger' }), serviceDocument('idp', { app: 'idp' })]);
  await startApp(mesh, { service: 'ledger' });
  web = await LabCaller.start(mesh, { name: 'web' });
  await web.until(AT, ({ status }) => status === 200);
});

afterAll(async () => {
  await mesh[Symbol.asyncDispose]();
});

const check = (spec: object) => applied(mesh, policyFor('RequestAuthenticationPolicy', 'ledger', spec));
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const ask = (headers: Readonly<Record<string, string>>, url = AT) => web.call(url, { headers });

/** Waits until the proxy itself does what the policy says. */
const inForce = (headers: Readonly<Record<string, string>>, status: number, url = AT) => web.until(url, (answer) => answer.status === status, { headers });

describe('Optional', () => {
  test('S4 who has no token goes on, a right one is taken off, a wrong one is refused and told why', async () => {
    await check({ issuers: [issuer] });
    await inForce(bearer('x'), 401);
    expect((await ask({})).status).toBe(200);
    for (const key of [es, rs]) {
      const { status, body } = await ask(bearer(token(key)));
      expect([status, body.includes('authorization')]).toEqual([200, false]);
    }
    const expired = await ask(bearer(token(es, { exp: 1 })));
    expect([expired.status, expired.headers['weft-reason']]).toEqual([401, expect.stringMatching(/^jwt-denied; why=Jwt_is_expired; request=/)]);
  });

  test('S4 an issuer that nobody named is not the same as no token', async () => {
    expect((await ask(bearer(token(es, { iss: 'https://other.example.com' })))).status).toBe(401);
    await check({ issuers: [issuer, { ...issuer, issuer: 'https://second.example.com' }] });
    await inForce(bearer(token(es, { iss: 'https://second.example.com' })), 200);
    expect((await ask(bearer(token(es, { iss: 'https://other.example.com' })))).status).toBe(401);
    expect((await ask({})).status).toBe(200);
  });
});

describe('Required', () => {
  test('S4 nobody without a token', async () => {
    await check({ requirement: 'Required', issuers: [issuer] });
    const { headers } = await inForce({}, 401);
    expect(headers['weft-reason']).toMatch(/^jwt-denied; why=Jwt_is_missing; /);
    expect((await ask(bearer(token(es)))).status).toBe(200);
  });

  test('S4 nothing that somebody made up is accepted', async () => {
    const accepted: string[] = [];
    for (const [name, forged] of [...forgedTokens(es, rs), ...forgedSignatures(es, rs), ...criticalTokens(es)]) {
      const { status } = await ask(bearer(forged));
      if (status < 400) accepted.push(name);
    }
    expect(accepted).toEqual([]);
    expect((await ask(bearer(token(es)))).status).toBe(200);
    // Signed by the issuer all the same: a token with another end, not another token.
    for (const respelled of respelledTokens(es)) expect((await ask(bearer(respelled))).status).toBe(200);
  });

  test('S4 of a token that wants something understood (crit) nothing is taken, and it is said why', async () => {
    const [critical = ''] = criticalTokens(es).map(([, text]) => text);
    await check({ requirement: 'Required', issuers: [issuer] });
    await inForce(bearer(token(es)), 200);
    await inForce({}, 401);
    const { status, headers } = await ask(bearer(critical));
    expect([status, headers['weft-reason'], headers['www-authenticate']]).toEqual([
      401,
      expect.stringMatching(/^jwt-denied; why=Jwt_header_crit_is_not_understood; request=/),
      'Bearer error="invalid_token"',
    ]);
  });

  test('S4 one wrong token beside a right one is one too many', async () => {
    await check({ requirement: 'Required', issuers: [{ ...issuer, from: [{ header: { name: 'x-token' } }, { query: 'token' }, { cookie: 'session' }] }] });
    const right = token(es);
    await inForce({ 'x-token': right }, 200);
    expect((await ask({}, `${AT}?token=${right}`)).status).toBe(200);
    expect((await ask({ cookie: `a=b; session=${right}` })).status).toBe(200);
    expect((await ask({ 'x-token': right }, `${AT}?token=${token(makeKey('no'))}`)).status).toBe(400);
    expect((await ask(bearer(right))).status).toBe(401);
  });

  test('S4 of two right tokens, in two places or in one, neither is taken: nobody is one to policies and another to the application', async () => {
    const from = [{ header: { name: 'x-token' } }, { header: { name: 'Authorization', prefix: 'Bearer ' } }, { query: 'token' }, { cookie: 'session' }];
    await check({ requirement: 'Required', issuers: [{ ...issuer, from, claimsToHeaders: [{ claim: 'sub', header: 'x-user' }] }] });
    const one = token(es);
    const two = token(es, { sub: 'root' });
    await inForce({ 'x-token': one }, 200);
    const refused = await Promise.all([
      ask({ 'x-token': one, ...bearer(two) }),
      ask({ 'x-token': one, cookie: `a=b; session=${two}` }),
      ask({ cookie: `session=${one};session =${two}` }),
      ask(bearer(one), `${AT}?token=${two}`),
      ask({ cookie: `session=${one}` }, `${AT}?a&%74oken=${two}`),
      ask({}, `${AT}?token=${one}&tok%65n=${two}`),
    ]);
    expect(refused.map(({ status, headers }) => [status, String(headers['weft-reason']).split('; request=')[0]])).toEqual(
      refused.map(() => [400, 'jwt-denied; why=More_than_one_token']),
    );
    const oneEach = [await ask({ ...bearer(one), cookie: 'a=session' }), await ask({ 'x-token': one, authorization: 'Basic eDp5' }, `${AT}?tokens=1`)];
    expect(oneEach.map(({ status, body }) => [status, body.includes('"x-user":"alice"')])).toEqual(oneEach.map(() => [200, true]));
  });
});

test('S4 claims in headers, which nobody else can write; the token goes on where that is wanted', async () => {
  const claimsToHeaders = [
    { claim: 'sub', header: 'x-user' },
    { claim: 'org.plan', header: 'x-plan' },
  ];
  await check({ issuers: [{ ...issuer, forward: true, claimsToHeaders, payloadHeader: 'x-claims' }] });
  const right = token(es, { org: { plan: 'gold' } });
  await web.until(AT, ({ body }) => body.includes('"x-plan":"gold"'), { headers: { ...bearer(right), 'x-user': 'root' } });
  const { body } = await ask({ ...bearer(right), 'x-user': 'root' });
  expect(body).toContain('"x-user":"alice"');
  expect(body).toContain('"authorization":"Bearer ');
  expect(body).toContain('"x-claims":"');
  expect((await ask({ 'x-user': 'root', 'x-plan': 'gold', 'x-claims': 'e30' })).body).not.toMatch(/x-user|x-plan|x-claims/);
});

describe('keys of a Service of the mesh', () => {
  const remote = { uri: 'http://idp.shop.mesh/jwks.json', timeout: '2s', cache: '1s' };

  test('S4 nobody serves them: every token is refused, and it is said of the document', async () => {
    await check({ requirement: 'Required', issuers: [{ ...issuer, keys: { remote } }] });
    await inForce(bearer(token(es)), 401);
    const { headers } = await ask(bearer(token(es)));
    expect(headers['weft-reason']).toMatch(/^jwt-denied; why=Jwks_remote_fetch_is_failed; /);
  });

  test('S4 they are fetched, kept for a while, and not believed for longer; what is served in their place is not either', async () => {
    const source = `let keys=${JSON.stringify(jwksOf(es))};require('http').createServer((q,r)=>{if(q.method==='PUT'){keys='';q.on('data',c=>keys+=c).on('end',()=>r.end())}else{r.statusCode=keys==='500'?500:200;r.end(keys)}}).listen(8080)`;
    const idp = mesh.weft(['run', '--service', 'idp', '--namespace', 'shop', '--port', '8080', '--protocol', 'http', '--', process.execPath, '-e', source]);
    await idp.printed(/ready in/);
    await inForce(bearer(token(es)), 200);
    for (const served of ['500', '', '<html></html>', '{"keys":[]}', '{}', 'x'.repeat(300_000)]) {
      await web.call('http://idp.shop.mesh/', { method: 'PUT', body: served });
      await inForce(bearer(token(es)), 401);
    }
    await web.call('http://idp.shop.mesh/', { method: 'PUT', body: jwksOf(rs) });
    await inForce(bearer(token(rs)), 200);
    expect((await ask(bearer(token(es)))).status).toBe(401);
  });
});

test('S4 a policy that is taken away asks nobody for anything', async () => {
  await mesh.call(PLURAL, { method: 'DELETE' });
  await inForce(bearer('x'), 200);
});
