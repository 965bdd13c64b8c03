// What the commands say of proxies and their configuration, word for word.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as tell } from '../../src/cli/commands/describe/index.ts';
import { command as explain } from '../../src/cli/commands/explain/index.ts';
import { command as proxies } from '../../src/cli/commands/proxies/index.ts';
import { command as proxyConfig } from '../../src/cli/commands/proxy-config/index.ts';
import { ROUTE, SERVICE, shop } from '../kit/cli-shop.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld();
  await world.run(apply, ['-f', '-'], { stdin: SERVICE, flags: { quiet: true } });
  await world.run(apply, ['-f', world.file('shop.yaml', ROUTE)]);
});
afterAll(() => world[Symbol.asyncDispose]());

/** Runs until the control plane has said how the document is, which it does after the write. */
async function judged(argv: readonly string[]): Promise<string> {
  await expect.poll(() => world.run(tell, argv, shop), { timeout: 10_000 }).toMatch(/ResolvedRefs[\s\S]*(Programmed|Workload)|Workload[\s\S]*ResolvedRefs/);
  return world.run(tell, argv, shop);
}

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
      Generation:   1 (resourceVersion N)
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
                             retries           2 on connect-failure, refused-stream  Mesh default; POST: only when it did not reach an application
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
