// What holds, what became of what was written, what a change would do: the commands that say so, word for word.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as analyze } from '../../src/cli/commands/analyze/index.ts';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as check } from '../../src/cli/commands/check/index.ts';
import { command as tell } from '../../src/cli/commands/describe/index.ts';
import { command as diff } from '../../src/cli/commands/diff/index.ts';
import { command as docs } from '../../src/cli/commands/docs/index.ts';
import { command as effective } from '../../src/cli/commands/effective/index.ts';
import { command as explain } from '../../src/cli/commands/explain/index.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';

const service = (name: string, at: number): string => `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  clusterIP: 240.0.0.${at}
  selector: { app: ${name} }
  ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }]
`;
const timeout = (name: string, target: string, fields: string): string => `apiVersion: weft.dev/v1alpha1
kind: TimeoutPolicy
metadata: { name: ${name}, namespace: shop }
spec:
  targetRefs: [${target}]
${fields}`;
const SCOPE = `apiVersion: weft.dev/v1alpha1
kind: Scope
metadata: { name: checkout, namespace: shop }
spec: { selector: { app: checkout }, services: [payments] }
`;
const ROUTE = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: checkout, namespace: shop }
spec:
  parentRefs: [{ group: "", kind: Service, name: checkout }]
  rules:
    - name: pay
      matches: [{ path: { value: /pay } }]
      timeouts: { request: 9s }
      backendRefs: [{ name: checkout, port: 80 }]
    - name: rest
      backendRefs: [{ name: checkout, port: 80 }, { name: gone, port: 80, weight: 0 }]
`;
const BROAD = timeout('all', '{ kind: Namespace, name: shop }', '  request: 5s\n  backendRequest: 1s\n');
const NARROW = timeout('checkout', '{ kind: Service, name: checkout }', '  request: 2s\n');
const SHOP = [service('web', 11), service('checkout', 12), service('payments', 13), SCOPE, ROUTE, BROAD].join('---\n');

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld();
  await world.run(apply, ['-f', world.file('shop.yaml', SHOP)]);
  for (const name of ['web', 'checkout', 'payments']) await world.join(name);
});
afterAll(() => world[Symbol.asyncDispose]());

const shop = { namespace: 'shop' };

/** Runs until the mesh has what was applied. */
async function once(run: () => Promise<string>, wanted: RegExp): Promise<string> {
  await expect.poll(run, { timeout: 10_000 }).toMatch(wanted);
  return run();
}

describe('apply', () => {
  it('warns of what a document brings about along the calls', async () => {
    expect(await world.run(apply, ['-f', world.file('narrow.yaml', NARROW)])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      timeoutpolicy/checkout created

      --- err
      warning WEFT1901  narrow.yaml:6:3  TimeoutPolicy shop/checkout  spec.request
        whoever calls waits 2s for checkout, which may take 3 × 1s for payments (TimeoutPolicy shop/all, shop.yaml:46)
        → raise this timeout, or lower timeouts and attempts of the call behind it"
    `);
  });
});

describe('effective', () => {
  it('shows each value with its origin and whom it overrides', async () => {
    const text = await once(() => world.run(effective, ['service/checkout', '--port', '80'], shop), /narrow.yaml/);
    expect(text).toMatchInlineSnapshot(`
      "exit 0
      --- out
      shop/checkout

      shop/checkout:80 rule "pay" of HTTPRoute shop/checkout
        POLICY    FIELD            VALUE   FROM              PLACE                               OVERRIDES
        timeout   request          9s      the rule itself   shop.yaml:38   Service/checkout 2s, Namespace/shop 5s, Mesh default 15s
        timeout   backendRequest   1s      Namespace/shop    shop.yaml:46   Mesh default 0s
        retries   attempts         2       Mesh default      -                                   -

      shop/checkout:80 rule "rest" of HTTPRoute shop/checkout
        POLICY    FIELD            VALUE   FROM               PLACE                                OVERRIDES
        timeout   request          2s      Service/checkout   narrow.yaml:4   Namespace/shop 5s, Mesh default 15s
        timeout   backendRequest   1s      Namespace/shop     shop.yaml:46    Mesh default 0s
        retries   attempts         2       Mesh default       -                                    -

      connections to shop/checkout:80
        POLICY    FIELD            VALUE   FROM           PLACE   OVERRIDES
        retries   budget.percent   20      Mesh default   -       -

      other defaults: -o wide"
    `);
  });

  it('shows one rule, as JSON, or says what is not there', async () => {
    const text = await world.run(effective, ['shop/checkout', '--route', 'checkout/pay', '-o', 'json']);
    const { places } = JSON.parse(text.replace('exit 0\n--- out\n', '')) as { places: { title: string }[] };
    expect(places.map((place) => place.title)).toEqual(['shop/checkout:80 rule "pay" of HTTPRoute shop/checkout']);
    expect(await world.run(effective, ['chekout'], shop)).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: no service "shop/chekout"; did you mean "shop/checkout"?
        weft get services -A"
    `);
  });
});

describe('describe', () => {
  it('says of every field what became of it', async () => {
    const text = await once(() => world.run(tell, ['timeoutpolicy', 'all'], shop), /overridden/);
    expect(/^Spec:[\s\S]*?(?=^Conditions)/m.exec(text)?.[0]).toMatchInlineSnapshot(`
      "Spec:
        targetRefs:
          - kind: Namespace
            name: shop
        request: 5s
        # but at shop/checkout:80 rule "pay" of HTTPRoute shop/checkout: overridden by the rule itself (shop.yaml:38)
        # but at shop/checkout:80 rule "rest" of HTTPRoute shop/checkout: overridden by Service/checkout (narrow.yaml:4)
        backendRequest: 1s
      Fields:       3 of 3 applied  (at 4 places)
      "
    `);
    const route = await world.run(tell, ['httproute', 'checkout'], shop);
    expect(/^Spec:[\s\S]*?(?=^Conditions)/m.exec(route)?.[0]).toMatchInlineSnapshot(`
      "Spec:
        parentRefs:
          - group: ""
            kind: Service
            name: checkout
        rules:
          - name: pay
            matches:
              - path:
                  type: PathPrefix
                  value: /pay
            backendRefs:
              - group: ""
                kind: Service
                name: checkout
                port: 80
                weight: 1
            timeouts:
              request: 9s
          - name: rest
            matches:
              - path:
                  type: PathPrefix
                  value: /
            backendRefs:
              - group: ""
                kind: Service
                name: checkout
                port: 80
                weight: 1
              - group: ""  # ignored, WEFT1301: Service shop/gone does not exist
                kind: Service
                name: gone
                port: 80
                weight: 0
      Fields:       20 of 25 applied, 5 ignored
      "
    `);
  });
});

describe('explain', () => {
  it('names the policy that decides and the one it overrides', async () => {
    expect(await world.run(explain, ['--from', 'shop/web', '--to', 'checkout', '--path', '/x'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      shop/web-1 → checkout.shop:80  GET /x
        1  outbound          service checkout  240.0.0.12:80                                                                         shop.yaml:15
                             route             rule "rest"                                  every request  (match 2 of 2)            shop.yaml:40
                             timeout           2s                                           Service/checkout overrides Namespace/shop 5s; each try 1s; backendRequest by Namespace/shop (shop.yaml:46)  narrow.yaml:4
                             retries           2 on connect-failure, refused-stream, reset  Mesh default; GET also after a reset
                             cluster           checkout.shop:80                             100 %, 1 of 1 endpoints healthy, zone a  shop.yaml:41
                             retries           at most 20 % of the requests in flight, or 10  Mesh default
        2  inbound checkout  mutual TLS        required                                     client is spiffe://example.mesh/ns/shop/sa/web; server must be spiffe://example.mesh/ns/shop/sa/checkout; TLS 1.3, X25519MLKEM768 first  Mesh default
      ✔ an answer of the application is expected"
    `);
    expect(await world.run(explain, ['--request', '9f3c'])).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: no request whose id begins with 9f3c is known
        kept are requests that failed or were refused, and one of a hundred others; a proxy tells of them within a second
        what is kept: weft requests    the same request once more: weft explain --from CALLER --to SERVICE --path PATH"
    `);
  });
});

describe('check', () => {
  it('is one screen of what is wrong', async () => {
    const text = await once(() => world.run(check, []), /✔ every connected proxy has what it was sent\n✔ every proxy is connected/);
    // how the machine of the test is, is its own affair
    expect(text.slice(text.indexOf('identity'))).toMatchInlineSnapshot(`
      "identity
      ✔ roots are valid for 90 days and more
      ✔ the issuer is valid for 30 days and more, or renews itself
      ✔ certificates of proxies are renewed in time
      ✔ no change of the root waits
      ✔ tokens of users are valid for 14 days and more
      ✔ no machine tried to join with a stale token in the last hour

      proxies
      ✔ no proxy refuses configuration
      ✔ every connected proxy has what it was sent
      ✔ every proxy is connected
      ✔ every proxy is an Envoy 1.40 or 1.39
      ✔ every proxy has the newest known patch of its Envoy
      ✔ clocks of machines are within 5 s of the control plane’s

      workloads
      ✔ every workload has a proxy
      ✔ every pod that is to have a proxy has one
      ✔ meshed namespaces let proxies in
      ✔ pods have proxies of this version
      ✔ every Gateway has a proxy and an address
      ‼ no two workloads claim the same port of a machine
          ‼ shop/checkout-1 and shop/web-1 both claim 127.0.0.1:18080   WEFT2381
            → give one of them another port, or remove the one that is gone
            → weft describe workload checkout-1 -n shop
          ‼ shop/payments-1 and shop/web-1 both claim 127.0.0.1:18080   WEFT2381
            → weft describe workload payments-1 -n shop
      ✔ nobody was called in plaintext in the last hour
      ✔ no caller’s certificate was refused in the last hour

      documents
      × every document works as written
          × Service shop/gone does not exist   WEFT1301   shop.yaml:41
            → apply the Service, or correct the name
            → weft describe httproute checkout -n shop
      ‼ nothing is ignored or hardly meant
          ‼ whoever calls waits 1s in each try for checkout, which may take 3 × 1s for payments (TimeoutPolicy shop/all, shop.yaml:46)   WEFT1901   shop.yaml:46
            → raise this timeout, or lower timeouts and attempts of the call behind it
            → weft describe timeoutpolicy all -n shop
          ‼ whoever calls waits 2s for checkout, which may take 3 × 1s for payments (TimeoutPolicy shop/all, shop.yaml:46)   WEFT1901   narrow.yaml:4
            → weft describe timeoutpolicy checkout -n shop

      traffic
      ✔ calls between services succeed
      ✔ calls take no longer than they usually do
      ✔ no caller in the mesh is refused by a policy
      ✔ services do as ObjectivePolicies want

      telemetry
      ✔ nothing that proxies told was lost
      · collectors take what they are sent  (not looked at: no collector is named)
      ✔ every service passes on what ties its calls together

      × 1 error, 4 warnings"
    `);
    expect(await world.run(check, ['--threshold', 'error'], { namespace: 'other' })).toMatch(/^exit 0\n/);
    expect(await world.run(check, ['--threshold', 'much'])).toMatch(/^exit 64\n/);
  });
});

describe('diff', () => {
  it('shows which proxies get what, and how services would behave', async () => {
    const changed = ROUTE.replace('{ value: /pay }', '{ value: /buy }');
    expect(await world.run(diff, ['-f', world.file('route.yaml', changed), '-o', 'wide'], { flags: { quiet: true } })).toMatchInlineSnapshot(`
      "exit 1
      --- out
      --- live/httproute/shop/checkout
      +++ route.yaml:1  httproute/shop/checkout
      @@ -13,7 +13,7 @@
             matches:
               - path:
                   type: PathPrefix
      -            value: /pay
      +            value: /buy
                 headers: []
                 queryParams: []
             filters: []
      2 of 3 proxies get something else
        shop/payments-1, shop/web-1
          ~ routes checkout.shop.mesh:80
          ~ routes explicit
      --- now     service shop/checkout
      +++ applied service shop/checkout
      @@ -1,5 +1,5 @@
       port 80 http at 240.0.0.12
      -  HTTPRoute shop/checkout rule "pay": path under /pay → 100 % checkout.shop:80
      +  HTTPRoute shop/checkout rule "pay": path under /buy → 100 % checkout.shop:80
           timeout 9s; each try 1s
           retries 2 on connect-failure, refused-stream, reset
         HTTPRoute shop/checkout rule "rest": every request → 100 % checkout.shop:80"
    `);
    const view = await world.run(diff, ['-f', world.file('route.yaml', changed), '-o', 'json'], { flags: { quiet: true } });
    expect(JSON.parse(view.replace('exit 1\n--- out\n', ''))).toMatchObject({ counts: { affected: 2, examined: 3, of: 3 } });
  });

  it('compares files with files', async () => {
    const other = SHOP.replace('request: 5s', 'request: 6s');
    const args = ['-f', world.file('new.yaml', other), '--against', world.file('shop.yaml', SHOP), '-o', 'wide'];
    expect(await world.run(diff, args)).toMatchInlineSnapshot(`
      "exit 1
      --- out
      --- weft.dev/TimeoutPolicy/shop/all
      +++ weft.dev/TimeoutPolicy/shop/all
      @@ -7,5 +7,5 @@
         targetRefs:
           - kind: Namespace
             name: shop
      -  request: 5s
      +  request: 6s
         backendRequest: 1s
      --- now     service shop/checkout
      +++ applied service shop/checkout
      @@ -3,6 +3,6 @@
           timeout 9s; each try 1s
           retries 2 on connect-failure, refused-stream, reset
         HTTPRoute shop/checkout rule "rest": every request → 100 % checkout.shop:80
      -    timeout 5s; each try 1s
      +    timeout 6s; each try 1s
           retries 2 on connect-failure, refused-stream, reset
           retries at most 20 % of the requests in flight, or 10
      --- now     service shop/payments
      +++ applied service shop/payments
      @@ -1,5 +1,5 @@
       port 80 http at 240.0.0.13
         no route: every request → 100 % payments.shop:80
      -    timeout 5s; each try 1s
      +    timeout 6s; each try 1s
           retries 2 on connect-failure, refused-stream, reset
           retries at most 20 % of the requests in flight, or 10
      --- now     service shop/web
      +++ applied service shop/web
      @@ -1,5 +1,5 @@
       port 80 http at 240.0.0.11
         no route: every request → 100 % web.shop:80
      -    timeout 5s; each try 1s
      +    timeout 6s; each try 1s
           retries 2 on connect-failure, refused-stream, reset
           retries at most 20 % of the requests in flight, or 10"
    `);
    expect(await world.run(diff, ['-f', world.file('same.yaml', SHOP), '--against', world.file('shop.yaml', SHOP)])).toBe('exit 0');
  });
});

describe('analyze', () => {
  it('finds in files what a control plane would say', async () => {
    const folder = world.file('tree/a.yaml', SHOP).replace(/\/a\.yaml$/, '');
    world.file('tree/b.yaml', NARROW);
    expect(await world.run(analyze, [folder])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      warning WEFT1301  tree/a.yaml:41:51  HTTPRoute shop/checkout  spec.rules[1].backendRefs[1]
        Service shop/gone does not exist
        → apply the Service, or correct the name
      warning WEFT1901  tree/a.yaml:49:3  TimeoutPolicy shop/all  spec.backendRequest
        whoever calls waits 1s in each try for checkout, which may take 3 × 1s for payments (TimeoutPolicy shop/all, tree/a.yaml:46)
        → raise this timeout, or lower timeouts and attempts of the call behind it
      warning WEFT1901  tree/b.yaml:6:3  TimeoutPolicy shop/checkout  spec.request
        whoever calls waits 2s for checkout, which may take 3 × 1s for payments (TimeoutPolicy shop/all, tree/a.yaml:46)
        → raise this timeout, or lower timeouts and attempts of the call behind it
      7 documents checked: 0 errors, 3 warnings"
    `);
    expect(await world.run(analyze, [folder, '--threshold', 'warning'])).toMatch(/^exit 79\n/);
    expect(await world.run(analyze, [])).toMatch(/^exit 64\n/);
  });
});

describe('docs', () => {
  it('tells what a code means and what may be written', async () => {
    expect(await world.run(docs, ['1203'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      WEFT1203  unknown field  (error)

      No such field exists at this place. Unknown fields are refused because most are misspelled ones.
        → correct the name or remove the field"
    `);
    expect(await world.run(docs, ['httproute.rules[].matches[].path'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      HTTPRoute  gateway.networking.k8s.io/v1
      How requests to a Service are matched, changed and shared out (Gateway API).

      FIELD                          TYPE   NOTES
      rules[].matches[].path         map    -
      rules[].matches[].path.type    text   one of Exact, PathPrefix, RegularExpression; default PathPrefix
      rules[].matches[].path.value   text   default /"
    `);
    expect(await world.run(docs, ['WEFT9999'])).toMatch(/^exit 1\n/);
    expect(await world.run(docs, [])).toMatch(/WEFT1901 +warning +caller gives up first/);
  });
});
