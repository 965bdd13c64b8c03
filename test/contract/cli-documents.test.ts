// The document commands against a control plane in this process: what they print, word for word.
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as validate } from '../../src/cli/commands/analyze/index.ts';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as remove } from '../../src/cli/commands/delete/index.ts';
import { command as tell } from '../../src/cli/commands/describe/index.ts';
import { command as diff } from '../../src/cli/commands/diff/index.ts';
import { command as explain } from '../../src/cli/commands/explain/index.ts';
import { command as get } from '../../src/cli/commands/get/index.ts';
import { command as proxies } from '../../src/cli/commands/proxies/index.ts';
import { command as proxyConfig } from '../../src/cli/commands/proxy-config/index.ts';
import { command as watch } from '../../src/cli/commands/watch/index.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: checkout, namespace: shop }
spec:
  clusterIP: 240.0.0.12
  selector: { app: checkout }
  ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }]
`;
const ROUTE = `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: checkout, namespace: shop, labels: { team: pay } }
spec:
  parentRefs: [{ group: "", kind: Service, name: checkout }]
  rules:
    - name: employees
      matches: [{ headers: [{ name: x-employee, value: "true" }] }]
      backendRefs: [{ name: checkout, port: 80 }]
    - name: everyone
      backendRefs:
        - { name: checkout, port: 80 }
`;
const SHOP = `${SERVICE}---\n${ROUTE}`;

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const shop = { namespace: 'shop' };

/** A port of loopback on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : expect.fail('no port');
}

/** Runs until the control plane has said how the document is, which it does after the write. */
async function judged(argv: readonly string[]): Promise<string> {
  await expect.poll(() => world.run(tell, argv, shop), { timeout: 10_000 }).toMatch(/ResolvedRefs[\s\S]*(Programmed|Workload)|Workload[\s\S]*ResolvedRefs/);
  return world.run(tell, argv, shop);
}

describe('apply', () => {
  it('writes documents, says what became of each, and warns on standard error', async () => {
    expect(await world.run(apply, ['-f', world.file('shop.yaml', SHOP)])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      service/checkout created
      httproute/checkout created

      --- err
      warning WEFT1309  shop.yaml:1:1  Service shop/checkout
        no workload with app=checkout is ready in namespace shop
        → start a workload whose labels match the selector: weft run --service NAME -- COMMAND"
    `);
    expect(await world.run(apply, ['-f', '-'], { stdin: SHOP.replace('name: everyone', 'name: all'), flags: { quiet: true } })).toMatchInlineSnapshot(`
      "exit 0
      --- out
      service/checkout unchanged
      httproute/checkout configured"
    `);
  });

  it('says namespaces when there are several, and prints names or JSON', async () => {
    const two = `${SERVICE}---\n${SERVICE.replace('namespace: shop', 'namespace: other').replace('  clusterIP: 240.0.0.12\n', '')}`;
    expect(await world.run(apply, ['-f', world.file('two.yaml', two), '--dry-run', 'client'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      service/shop/checkout checked (dry run, the control plane was not asked)
      service/other/checkout checked (dry run, the control plane was not asked)"
    `);
    expect(await world.run(apply, ['-f', world.file('two.yaml', two), '--dry-run', 'server', '-o', 'name'], { flags: { quiet: true } })).toMatchInlineSnapshot(`
      "exit 0
      --- out
      service/shop/checkout
      service/other/checkout"
    `);
    expect(await world.run(apply, ['-f', world.file('shop.yaml', ROUTE), '-o', 'json'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      {
        "applied": [
          {
            "kind": "HTTPRoute",
            "namespace": "shop",
            "name": "checkout",
            "result": "configured"
          }
        ],
        "diagnostics": []
      }"
    `);
  });
});

describe('bad input', () => {
  const cases: Readonly<Record<string, string>> = {
    'unknown kind': ROUTE.replace('kind: HTTPRoute', 'kind: HTTPRute'),
    'unknown field': ROUTE.replace('port: 80 }]', 'port: 80, wieght: 3 }]'),
    'wrong type': ROUTE.replace('port: 80 }]', 'port: "80" }]'),
    'YAML syntax': ROUTE.replace('parentRefs: [{', 'parentRefs: [['),
    'duplicate document': `${ROUTE}---\n${ROUTE}`,
    'address of another': SERVICE.replace('name: checkout', 'name: more'),
  };
  it.each(Object.keys(cases))('%s', async (name) => {
    const said = await world.run(apply, ['-f', world.file('bad.yaml', `${SERVICE}---\n${cases[name]}`)]);
    expect(said).toMatch(/^exit 65\n/);
    expect(said).toMatch(/nothing was applied/);
    expect(said.replace(/^exit 65\n--- err\n/, '')).toMatchSnapshot();
  });

  it('missing reference: a warning, and it is written', async () => {
    const stray = ROUTE.replaceAll('name: checkout', 'name: stray');
    expect(await world.run(apply, ['-f', world.file('stray.yaml', stray)])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      httproute/stray created

      --- err
      warning WEFT1307  stray.yaml:5:16  HTTPRoute shop/stray  spec.parentRefs[0]
        Service shop/stray does not exist
        → apply it, or correct the name
      warning WEFT1301  stray.yaml:9:21  HTTPRoute shop/stray  spec.rules[0].backendRefs[0]
        Service shop/stray does not exist
        → apply the Service, or correct the name
      warning WEFT1301  stray.yaml:12:11  HTTPRoute shop/stray  spec.rules[1].backendRefs[0]
        Service shop/stray does not exist
        → apply the Service, or correct the name"
    `);
    expect(await world.run(remove, ['-f', world.file('stray.yaml', stray)])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      httproute "stray" deleted"
    `);
  });

  it('unreachable control plane, no control plane, no files, wrong flags', async () => {
    const closed = await closedPort();
    const elsewhere = { env: { WEFT_SERVER: `http://127.0.0.1:${closed}`, WEFT_TOKEN: 'x' } };
    expect(await world.run(get, ['services'], elsewhere)).toMatchInlineSnapshot(`
      "exit 69
      --- err
      error: cannot reach http://127.0.0.1:PORT: connect ECONNREFUSED 127.0.0.1:PORT
        start one: weft up
        or name another: --server http://HOST:7400 (WEFT_SERVER)"
    `);
    expect(await world.run(diff, ['-f', world.file('shop.yaml', SHOP)], elsewhere)).toMatch(/^exit 69\n/);
    expect(await world.run(get, ['services'], { env: { WEFT_DATA: '/nonexistent' } })).toMatchInlineSnapshot(`
      "exit 69
      --- err
      error: no control plane runs on /nonexistent
        start one: weft up
        or name one: --server http://HOST:7400 (WEFT_SERVER), --data DIR (WEFT_DATA)"
    `);
    expect(await world.run(get, ['services'], { env: { WEFT_TOKEN: 'wrong' } })).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: the token is not valid here: it is in admin.token of the data folder of this control plane
        name it with --token-file FILE (WEFT_TOKEN_FILE), or give it in WEFT_TOKEN"
    `);
    expect(await world.run(apply, [])).toMatchInlineSnapshot(`
      "exit 64
      --- err
      error: name the documents: -f FILE, -f FOLDER, or -f - for standard input"
    `);
    expect(await world.run(apply, ['-f', 'nowhere.yaml'])).toMatchInlineSnapshot(`
      "exit 65
      --- err
      error WEFT1010  nowhere.yaml
        nowhere.yaml does not exist
        → check the path and its permissions
      nothing was applied    docs: WEFT1010"
    `);
    expect(await world.run(get, ['services', '-o', 'xml'])).toMatchInlineSnapshot(`
      "exit 64
      --- err
      error: -o xml is not possible here
        choose one of table, wide, json, yaml, name"
    `);
    expect(await world.run(get, ['services', '-l', 'a=('])).toMatchInlineSnapshot(`
      "exit 64
      --- err
      error: unable to parse label selector requirement "a=(": write key=value, key!=value, key in (a,b), key notin (a,b), key or !key"
    `);
  });
});

describe('get', () => {
  it('prints tables', async () => {
    expect(await world.run(get, ['svc'], shop)).toMatchInlineSnapshot(`
      "exit 0
      --- out
      NAME       CLUSTER-IP   PORT(S)   AGE
      checkout   240.0.0.12   80        0s"
    `);
    expect(await world.run(get, ['svc,httproutes', '-A', '-o', 'wide'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      NAMESPACE   NAME               CLUSTER-IP   PORT(S)   PROTOCOL   SAID BY    SELECTOR       AGE
      shop        service/checkout   240.0.0.12   80        http       Declared   app=checkout   0s

      NAMESPACE   NAME                 PARENTS    RULES                AGE
      shop        httproute/checkout   checkout   employees,everyone   0s"
    `);
    expect(await world.run(get, ['all'], { ...shop, flags: { headers: false } })).toMatchInlineSnapshot(`
      "exit 0
      --- out
      service/checkout   240.0.0.12   80   0s

      httproute/checkout   checkout   0s"
    `);
    expect(await world.run(get, ['httproutes', '-l', 'team=pay', '-o', 'name'], shop)).toMatchInlineSnapshot(`
      "exit 0
      --- out
      httproute/checkout"
    `);
    expect(await world.run(get, ['scopes'], shop)).toMatchInlineSnapshot(`
      "exit 0
      --- err
      No resources found in shop namespace."
    `);
  });

  it('prints documents as they can be applied again', async () => {
    const yaml = await world.run(get, ['service/checkout', '-o', 'yaml'], shop);
    expect(yaml.replace(/\nstatus:[\s\S]*/, '')).toMatchInlineSnapshot(`
      "exit 0
      --- out
      apiVersion: v1
      kind: Service
      metadata:
        name: checkout
        namespace: shop
        uid: UID
        resourceVersion: "N"
        generation: 1
        creationTimestamp: TIME
      spec:
        ports:
          - name: http
            port: 80
            targetPort: 8080
            protocol: TCP
            appProtocol: http
        selector:
          app: checkout
        clusterIP: 240.0.0.12
        type: ClusterIP"
    `);
    const text = (await world.run(get, ['httproutes', '-o', 'json'], shop)).replace(/^exit 0\n--- out\n/, '');
    expect(JSON.parse(text)).toMatchObject({ kind: 'List', items: [{ kind: 'HTTPRoute', metadata: { name: 'checkout' } }] });
  });

  it('says what is not there, and what is near', async () => {
    expect(await world.run(get, ['svc', 'chekout'], shop)).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: services "chekout" not found in namespace shop: did you mean "checkout"?"
    `);
    expect(await world.run(get, ['svc/checkout', 'svc/nothing'])).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: services "checkout" not found in namespace default
        there is one in shop: add -n shop
      error: services "nothing" not found in namespace default
        weft get services -A lists them"
    `);
    expect((await world.run(get, ['svx'])).replace(/types: .*, extensionpolicies.*/, 'types: …')).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: there is no type "svx": did you mean "svc"?
        types: namespaces|ns, services|svc, httproutes, grpcroutes, tcproutes, tlsroutes, udproutes,
               referencegrants|refgrant, meshes, workloads|wl, scopes, routefilters, subsets, externalservices|ext,
               learnedscopes, discoveredproviders, gatewayclasses|gc, gateways|gtw, listenersets|lset,
               backendtlspolicies|btlspolicy, secrets, configmaps|cm, roles, clusterroles, rolebindings,
               clusterrolebindings, meshpeers, timeoutpolicies, retrypolicies, loadbalancingpolicies|lb,
               circuitbreakerpolicies|cb, healthcheckpolicies, connectionpolicies, faultpolicies, ratelimitpolicies,
               mutualtlspolicies|mtls, oidcpolicies|oidc, requestauthenticationpolicies|jwt,
               externalauthorizationpolicies|extauthz, proxypatches, extensionpolicies, authorizationpolicies|authz,
               telemetrypolicies"
    `);
  });

  it('watches until ^C', async () => {
    const end = new AbortController();
    const seen = Promise.withResolvers<void>();
    const watching = world.run(watch, ['httproutes', '-o', 'name'], {
      ...shop,
      signal: end.signal,
      seen: (out) => {
        if (out !== '') seen.resolve();
        if (out.includes('httproute/later')) end.abort();
      },
    });
    await seen.promise;
    const later = world.file('later.yaml', ROUTE.replace('name: checkout', 'name: later'));
    await world.run(apply, ['-f', later]);
    expect(await watching).toMatch(/^exit 130\n--- out\nhttproute\/checkout\n(httproute\/checkout\n)*httproute\/later$/);
    expect(await world.run(remove, ['httproute/shop/later'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      httproute "later" deleted"
    `);
  });
});

describe('diff', () => {
  it('shows what apply would change, and nothing when there is nothing', async () => {
    expect(
      await world.run(diff, ['-f', world.file('shop.yaml', SHOP.replace('name: everyone', 'name: all'))], { flags: { quiet: true } }),
    ).toMatchInlineSnapshot(`
      "exit 1
      --- out
      --- live/httproute/shop/checkout
      +++ shop.yaml:9  httproute/shop/checkout
      @@ -29,7 +29,7 @@
                 port: 80
                 weight: 1
                 filters: []
      -    - name: everyone
      +    - name: all
             matches:
               - path:
                   type: PathPrefix"
    `);
    expect(
      await world.run(diff, ['-f', world.file('shop.yaml', SHOP.replace('  clusterIP: 240.0.0.12\n', ''))], { flags: { quiet: true } }),
    ).toMatchInlineSnapshot(`"exit 0"`);
    const fresh = SERVICE.replace('name: checkout', 'name: fresh').replace('  clusterIP: 240.0.0.12\n', '');
    expect(await world.run(diff, ['-f', world.file('fresh.yaml', fresh)], { flags: { quiet: true } })).toMatchInlineSnapshot(`
      "exit 1
      --- out
      --- /dev/null
      +++ fresh.yaml:1  service/shop/fresh
      @@ -0,0 +1,15 @@
      +apiVersion: v1
      +kind: Service
      +metadata:
      +  name: fresh
      +  namespace: shop
      +spec:
      +  ports:
      +    - name: http
      +      port: 80
      +      targetPort: 8080
      +      protocol: TCP
      +      appProtocol: http
      +  selector:
      +    app: checkout
      +  type: ClusterIP"
    `);
    expect(await world.run(diff, ['-f', world.file('bad.yaml', SHOP.replace('rules:', 'rulez:'))])).toMatch(/^exit 65\n/);
  });
});

describe('validate', () => {
  it('checks files alone', async () => {
    expect(await world.run(validate, ['-f', world.file('shop.yaml', SHOP)])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      2 documents checked: nothing to say against them"
    `);
    const lost = ROUTE.replace('{ name: checkout, port: 80 }', '{ name: ledger, port: 80 }');
    expect(await world.run(validate, ['-f', world.file('lost.yaml', `${SERVICE}---\n${lost}`)])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      warning WEFT1301  lost.yaml:17:21  HTTPRoute shop/checkout  spec.rules[0].backendRefs[0]
        Service shop/ledger does not exist
        → apply the Service, or correct the name
      2 documents checked: 0 errors, 1 warning"
    `);
    expect(await world.run(validate, ['-f', world.file('lost.yaml', `${SERVICE}---\n${lost}`), '--fail-on', 'warning'])).toMatch(/^exit 79\n/);
    expect(await world.run(validate, ['-f', world.file('bad.yaml', SHOP.replace('rules:', 'rulez:'))])).toMatchInlineSnapshot(`
      "exit 65
      --- out
      error WEFT1203  bad.yaml:14:3  HTTPRoute shop/checkout  spec.rulez
        unknown field "rulez": did you mean "rules"?
        → correct the name or remove the field
      1 document checked: 1 error, 0 warnings"
    `);
    expect(await world.run(validate, ['-f', world.file('shop.yaml', SHOP), '-o', 'json'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      {
        "documents": 2,
        "diagnostics": []
      }"
    `);
  });
});

describe('proxies', () => {
  it('are none at first', async () => {
    expect(await world.run(proxies, [])).toMatchInlineSnapshot(`
      "exit 0
      --- err
      No proxies.
        start one: weft run --service NAME --port PORT -- COMMAND"
    `);
    expect(await world.run(proxyConfig, ['routes', 'web'])).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: there is no proxy "web"
        weft proxies lists them"
    `);
  });

  it('are listed with what they refuse, and show their configuration', async () => {
    const web = await world.join('web');
    await world.join('checkout', { refuses: (resource) => (resource.type === 'routes' ? 'missing ]: [a' : undefined) });
    await settled();
    expect(web.over).toBeUndefined();
    expect(await world.run(proxies, [])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      PROXY             ROLE      SYNC      VERSION   CONFIG AGE   SCOPE         MEMORY   IDENTITY VALID
      shop/checkout-1   sidecar   refused   1.40.0    0s           2 of 2 svcs   <none>   23h
        └ Workload shop/checkout-1: envoy says "missing ]: [a"; running the last good configuration of CLOCK
      shop/web-1        sidecar   in sync   1.40.0    0s           2 of 2 svcs   <none>   23h"
    `);
    expect(await world.run(proxies, ['-o', 'name'], { namespace: 'elsewhere' })).toMatchInlineSnapshot(`"exit 0"`);
    const text = (await world.run(proxies, ['-o', 'json'])).replace(/^exit 0\n--- out\n/, '');
    expect(JSON.parse(text)).toMatchObject({
      items: [
        { id: 'shop/checkout-1', sync: 'refused' },
        { id: 'shop/web-1', sync: 'in sync' },
      ],
    });
    for (const part of ['listeners', 'routes', 'clusters', 'endpoints', 'secrets', 'extensions'])
      expect(await world.run(proxyConfig, [part, 'web'])).toMatchSnapshot(part);
    expect(await world.run(proxyConfig, ['clusters', 'shop/web-1', '--name', 'checkout', '-o', 'name'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      cluster/outbound|80||checkout.shop.mesh"
    `);
    expect(await world.run(proxyConfig, ['routes', 'wep'])).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: there is no proxy "wep": did you mean "web"?
        weft proxies lists them"
    `);
    expect(await world.run(proxyConfig, ['rotes', 'web'])).toMatchInlineSnapshot(`
      "exit 64
      --- err
      error: there is no type "rotes": did you mean "routes"?
        types: listeners, routes, clusters, endpoints, secrets, extensions, all"
    `);
  });

  it('are described with workloads, services and routes', async () => {
    expect(await judged(['workload', 'web-1'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      Name:         web-1
      Namespace:    shop
      Kind:         Workload (weft.dev/v1alpha1)
      Labels:       app=web
      Annotations:  <none>
      Written in:   no file: it came through the API
      Created:      TIME (0s ago)
      Generation:   2 (resourceVersion N)
      Identity:     spiffe://example.mesh/ns/shop/sa/web
      State:        Ready
      Address:      127.0.0.1
      Zone:         a
      Weight:       1
      Serves:       web.shop.mesh
      Capture:      explicit
      Proxy:        in sync, envoy 1.40.0, last change 0s ago
      Sees:         2 of 2 services
      Certificate:  valid for 23h
      Ports:
        NAME   PORT   PROXY PORT
        http   8080   18080
      Fields:       15 of 15 applied
      Conditions:
        TYPE           STATUS   REASON         AGE   MESSAGE
        Accepted       True     Accepted       0s    understood
        ResolvedRefs   True     ResolvedRefs   0s    everything it names exists
      Diagnostics:
        none"
    `);
    expect(await judged(['svc/checkout'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      Name:         checkout
      Namespace:    shop
      Kind:         Service (v1)
      Labels:       <none>
      Annotations:  <none>
      Written in:   stdin:1
      Created:      TIME (0s ago)
      Generation:   1 (resourceVersion N)
      Host:         checkout.shop.mesh
      Address:      240.0.0.12
      Selector:     app=checkout
      Ports:
        NAME   PORT   TARGET PORT   PROTOCOL
        http   80     8080          http
      Endpoints:
        WORKLOAD     STATE   ADDRESS     ZONE   WEIGHT   PROXY
        checkout-1   Ready   127.0.0.1   a      1        refused
      Routes:
        HTTPROUTE       RULES                 BACKENDS
        shop/checkout   employees, everyone   checkout:80; checkout:80
      Fields:       8 of 8 applied
      Conditions:
        TYPE           STATUS   REASON         AGE   MESSAGE
        Accepted       True     Accepted       0s    understood
        ResolvedRefs   True     ResolvedRefs   0s    everything it names exists
        Programmed     …
      Diagnostics:
        none"
    `);
    expect(await judged(['httproute', 'checkout'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      Name:         checkout
      Namespace:    shop
      Kind:         HTTPRoute (gateway.networking.k8s.io/v1)
      Labels:       team=pay
      Annotations:  <none>
      Written in:   shop.yaml:1
      Created:      TIME (0s ago)
      Generation:   3 (resourceVersion N)
      Spec:
        parentRefs:
          - group: ""
            kind: Service
            name: checkout
        rules:
          - name: employees
            matches:
              - path:
                  type: PathPrefix
                  value: /
                headers:
                  - type: Exact
                    name: x-employee
                    value: "true"
            backendRefs:
              - group: ""
                kind: Service
                name: checkout
                port: 80
                weight: 1
          - name: everyone
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
      Fields:       22 of 22 applied
      Conditions:
        PARENT                  TYPE           STATUS   REASON         AGE   MESSAGE
        Service shop/checkout   Accepted       True     Accepted       0s    understood
        Service shop/checkout   ResolvedRefs   True     ResolvedRefs   0s    everything it names exists
        Service shop/checkout   Programmed     …
      Diagnostics:
        none"
    `);
    expect(await world.run(tell, ['svc/chekout'], shop)).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: services "chekout" not found in namespace shop: did you mean "checkout"?"
    `);
  });

  it('answer for calls', async () => {
    expect(await world.run(explain, ['--from', 'web', '--to', 'checkout', '--path', '/pay', '-X', 'POST', '-H', 'x-employee: true'])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      shop/web-1 → checkout.shop:80  POST /pay
        1  outbound          service checkout  240.0.0.12:80                                                                                        stdin:7
                             route             rule "employees"                      header x-employee=true  (match 1 of 2; rule "everyone" not reached)  shop.yaml:8
                             timeout           15s                                   Mesh default
                             retries           2 on connect-failure, refused-stream  Mesh default; POST: only when it did not reach an application  Mesh default
                             cluster           checkout.shop:80                      1 of 1 endpoints healthy, zone a                               stdin:7
                             retries           at most 20 % of the requests in flight, or 10  Mesh default
        2  inbound checkout  mutual TLS        required                              client is spiffe://example.mesh/ns/shop/sa/web; server must be spiffe://example.mesh/ns/shop/sa/checkout; TLS 1.3, X25519MLKEM768 first  Mesh default
      ✔ an answer of the application is expected
          without header x-employee: rule "everyone", 100 % checkout.shop:80"
    `);
    expect(await world.run(explain, ['--from', 'web', '--to', 'chekout'])).toMatchInlineSnapshot(`
      "exit 1
      --- out
      web → chekout  GET /
      × no service "chekout"; did you mean "checkout"?
          weft get services -A"
    `);
    expect(await world.run(explain, ['--from', 'web'])).toMatchInlineSnapshot(`
      "exit 64
      --- err
      error: say who calls whom: weft explain --from shop/web --to checkout --path /pay"
    `);
    expect(await world.run(explain, ['--from', 'web', '--to', 'checkout', '-H', 'nonsense'])).toMatchInlineSnapshot(`
      "exit 64
      --- err
      error: -H "nonsense" is no header
        write it as in curl: -H 'x-employee: true'"
    `);
  });

  async function settled(): Promise<void> {
    await expect
      .poll(
        async () =>
          (JSON.parse((await world.run(proxies, ['-o', 'json'])).replace(/^exit 0\n--- out\n/, '')) as { items: { sync: string }[] }).items.map(
            (each) => each.sync,
          ),
        {
          timeout: 10_000,
        },
      )
      .toEqual(['refused', 'in sync']);
  }
});

describe('delete', () => {
  it('deletes by name, label and file', async () => {
    expect(await world.run(remove, ['httproutes'], shop)).toMatchInlineSnapshot(`
      "exit 64
      --- err
      error: which httproutes?
        give names, -l LABELS, or --all for all of namespace shop"
    `);
    expect(await world.run(remove, ['httproutes', '-l', 'team=pay'], shop)).toMatchInlineSnapshot(`
      "exit 0
      --- out
      httproute "checkout" deleted"
    `);
    expect(await world.run(remove, ['httproute', 'checkout'], shop)).toMatchInlineSnapshot(`
      "exit 1
      --- err
      error: httproutes "checkout" not found in namespace shop
        weft get httproutes -A lists them"
    `);
    expect(await world.run(remove, ['httproute', 'checkout', '--ignore-not-found'], shop)).toMatchInlineSnapshot(`"exit 0"`);
    expect(await world.run(remove, ['-f', world.file('service.yaml', SERVICE)])).toMatchInlineSnapshot(`
      "exit 0
      --- out
      service "checkout" deleted"
    `);
  });
});
