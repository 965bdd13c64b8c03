// The document commands against a control plane in this process: what they print, word for word.
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as validate } from '../../src/cli/commands/analyze/index.ts';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as remove } from '../../src/cli/commands/delete/index.ts';
import { command as diff } from '../../src/cli/commands/diff/index.ts';
import { command as get } from '../../src/cli/commands/get/index.ts';
import { command as watch } from '../../src/cli/commands/watch/index.ts';
import { ROUTE, SERVICE, SHOP, shop } from '../kit/cli-shop.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** A port of loopback on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : expect.fail('no port');
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
               telemetrypolicies, objectivepolicies|slo"
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
