// Numbers of proxies at a real control plane: who may tell them, and what `weft stat` and `weft edges` make of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command as apply } from '../../src/cli/commands/apply/index.ts';
import { command as edges } from '../../src/cli/commands/edges/index.ts';
import { command as stat } from '../../src/cli/commands/stat/index.ts';
import { TAG } from '../../src/envoy/index.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';
import { metricsMessage, sourceTags } from '../kit/otlp-metrics.ts';

const SHOP = ['web', 'checkout', 'ledger']
  .map(
    (name, at) => `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec:
  clusterIP: 240.0.0.${11 + at}
  selector: { app: ${name} }
  ports: [{ name: http, port: 80, targetPort: 8080, appProtocol: http }]
`,
  )
  .join('---\n');

const shop = { namespace: 'shop' };

let world: CliWorld;
beforeAll(async () => {
  world = await openCliWorld({ clockGoesOn: true });
  await world.run(apply, ['-f', world.file('shop.yaml', SHOP)]);
  for (const name of ['web', 'checkout']) await world.join(name);
});
afterAll(() => world[Symbol.asyncDispose]());

const inbound = (requests: number, ms: number) => ({
  tags: {
    [TAG.reporter]: 'destination',
    [TAG.place]: 'inbound|8080||',
    [TAG.sourcePrincipal]: 'spiffe://example.mesh/ns/shop/sa/web',
    [TAG.responseCode]: '200',
    [TAG.responseFlags]: '-',
    [TAG.grpcStatus]: '',
    [TAG.requestProtocol]: 'http',
  },
  requests,
  ms,
});

describe('metrics', () => {
  it('are taken from whoever has a token of a proxy, under its own name', async () => {
    await expect(world.tellMetrics('nobody', metricsMessage(Date.now(), 1, []))).rejects.toThrow('UNAUTHENTICATED');
    const unreached = sourceTags('ledger', '503', {
      [TAG.destinationService]: '',
      [TAG.destinationWorkload]: '',
      [TAG.destinationPrincipal]: '',
      response_flags: 'UH',
    });
    await world.tellMetrics(
      'web',
      metricsMessage(Date.now(), 1, [
        { tags: sourceTags('checkout', '200'), requests: 970, ms: 3 },
        { tags: sourceTags('checkout', '503', { response_flags: 'UC' }), requests: 30, ms: 3 },
        { tags: unreached, requests: 7, ms: 1 },
      ]),
    );
    await world.tellMetrics('checkout', metricsMessage(Date.now(), 1, [inbound(1000, 2)]));
    await expect.poll(() => world.run(stat, ['-o', 'json']), { timeout: 60_000 }).toMatch(/ledger/);
  });

  it('every request counts once, whoever told of it', async () => {
    const wide = (await world.run(stat, ['-o', 'wide'], shop)).replace(/ +[\d.]+k?(?= +(?:[\d.]+ms|-))/g, ' RATE').replace(/[\d.]+k?B\/s/g, 'BYTES/s');
    expect(wide.replace(/ +/g, ' ')).toMatchInlineSnapshot(`
      "exit 0
      --- out
      SERVICE SUCCESS RPS P50 P95 P99 TCP CONN MTLS REQUESTS 4XX 5XX NO ANSWER BY MESH P90 IN OUT PROTOCOL
      shop/checkout 97.00% RATE 3ms 4.8ms 5ms - 100.00% 1000 0 30 0 RATE 4.6ms BYTES/s BYTES/s http
      shop/ledger 0.00% RATE 0.8ms 1ms 1ms - - 7 0 7 0 RATE 0.9ms BYTES/s BYTES/s http"
    `);
    expect(JSON.parse((await world.run(stat, ['checkout', '-o', 'json'], shop)).replace(/^.*--- out/s, ''))).toMatchObject({
      source: 'store',
      items: [{ service: 'shop/checkout', requests: 1000, failures: 30, successRate: 0.97, secured: 1 }],
    });
  });

  it('tells who calls whom, how secured', async () => {
    const told = JSON.parse((await world.run(edges, ['-o', 'json'])).replace(/^.*--- out/s, '')) as { items: unknown[] };
    expect(told.items).toMatchObject([
      {
        source: { workload: 'web', namespace: 'shop' },
        destination: { workload: 'checkout-v1', called: 'shop/checkout' },
        security: 'mutual_tls',
        requests: 1000,
      },
      { source: { workload: 'web' }, destination: { workload: 'unknown', called: 'shop/ledger' }, security: 'unknown', requests: 7, failures: 7 },
    ]);
    expect((await world.run(edges, ['--to', 'ledger'], shop)).replace(/ +/g, ' ')).toContain('shop/web shop/unknown shop/ledger - 0.00%');
  });

  it('says so when there is nothing, and what is wrong with a question', async () => {
    expect(await world.run(stat, [], { namespace: 'elsewhere' })).toMatchInlineSnapshot(`
      "exit 0
      --- err
      No requests in the last 10m to services of namespace elsewhere."
    `);
    expect(await world.run(stat, ['--since', 'yesterday'])).toMatchInlineSnapshot(`
      "exit 64
      --- err
      error: --since yesterday: write how far back, for example 24h, 90m or 7d"
    `);
    expect(await world.run(edges, ['-o', 'name'])).toMatchInlineSnapshot(`
      "exit 64
      --- err
      error: -o name is not possible here
        choose one of table, wide, json, yaml"
    `);
  });
});
