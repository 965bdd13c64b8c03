// The numbers of the mesh in a real Prometheus server, and the answers of the control plane out of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EdgesView, SeriesView, StatView } from '../../src/api/index.ts';
import { type CliWorld, openCliWorld } from '../kit/cli-world.ts';
import { metricsMessage, sourceTags } from '../kit/otlp-metrics.ts';
import { freePort, hasPrometheus, type PrometheusServer, startPrometheus } from '../kit/prometheus.ts';
import { needs } from '../kit/require.ts';

const { skip } = needs('prometheus', hasPrometheus());
const STRANGE = 'shop/"q\\uote"/<b>';

describe.skipIf(skip)('Prometheus', () => {
  let world: CliWorld;
  let server: PrometheusServer;
  beforeAll(async () => {
    const port = await freePort();
    world = await openCliWorld({ prometheus: { url: `http://127.0.0.1:${port}` } });
    server = startPrometheus({ port, apiUrl: world.apiUrl, token: world.adminToken });
    await world.join('web');
  }, 60_000);
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  }, 60_000);

  const ask = async <T>(path: string): Promise<T> => {
    const reply = await fetch(`${world.apiUrl}/weft/v1/${path}`, { headers: { authorization: `Bearer ${world.adminToken}` } });
    return (await reply.json()) as T;
  };
  const began = Date.now();
  // the control plane's clock stands still, the server's does not
  const lately = (ms = 60_000): string => `since=${Date.now() - ms}&until=${Date.now()}`;
  const say = (well: number, badly: number): Promise<void> =>
    world.tellMetrics(
      'web',
      metricsMessage(Date.now(), Math.round((Date.now() - began) / 1000), [
        { tags: sourceTags('checkout', '200', { route_name: STRANGE }), requests: well, ms: 30 },
        { tags: sourceTags('checkout', '503', { response_flags: 'UF' }), requests: badly, ms: 30 },
      ]),
    );

  it('reads the page, with labels as Istio has them, whatever is in them', async () => {
    await say(100, 10);
    const wanted = 'istio_requests_total{response_code="200"}';
    await expect.poll(async () => (await server.query(wanted).catch(() => []))[0]?.value, { timeout: 60_000, interval: 500 }).toBe(100);
    expect((await server.query(wanted))[0]?.metric).toMatchObject({
      reporter: 'source',
      source_workload: 'web',
      source_workload_namespace: 'shop',
      source_canonical_service: 'web',
      source_principal: 'spiffe://example.mesh/ns/shop/sa/web',
      source_cluster: 'example.mesh',
      destination_workload: 'checkout-v1',
      destination_version: 'v1',
      destination_service: 'checkout.shop.mesh',
      destination_service_name: 'checkout',
      destination_service_namespace: 'shop',
      request_protocol: 'http',
      connection_security_policy: 'mutual_tls',
      weft_route: STRANGE,
    });
    expect((await server.query('histogram_quantile(0.5, sum by (le) (istio_request_duration_milliseconds_bucket))'))[0]?.value).toBeCloseTo(37.5);
    expect((await server.query('weft_metrics_series{namespace="shop"}'))[0]?.value).toBe(2);
    expect((await server.query('up'))[0]?.value).toBe(1);
  });

  it('answers the same questions when it is told to be asked', async () => {
    await expect
      .poll(
        async () => {
          await say(1000, 100);
          return (await ask<StatView>(`stat?${lately()}`)).items[0]?.requests ?? 0;
        },
        { timeout: 50_000, interval: 1000 },
      )
      .toBeGreaterThan(900);
    const { source, items } = await ask<StatView>(`stat?${lately()}&namespace=shop`);
    expect([source, items.map(({ service }) => service)]).toEqual(['prometheus', ['shop/checkout']]);
    expect(items[0]?.successRate).toBeCloseTo(10 / 11, 2);
    expect(items[0]?.p50Ms).toBeCloseTo(37.5);
    const edges = await ask<EdgesView>(`edges?${lately()}`);
    expect(edges.items).toMatchObject([
      { source: { workload: 'web' }, destination: { workload: 'checkout-v1', called: 'shop/checkout' }, security: 'mutual_tls' },
    ]);
    const series = await ask<SeriesView>(`series?${lately(300_000)}&by=code&service=shop/checkout`);
    expect(series.lines.map(({ name }) => name)).toEqual(['200', '503']);
    for (const line of series.lines) expect(line.requests.length).toBe(series.times.length);
  });

  it('says so when the server is not there', async () => {
    await server[Symbol.asyncDispose]();
    expect(await ask('stat')).toMatchObject({ code: 503, message: expect.stringContaining('the Prometheus server cannot be asked') });
    server = { ...server, [Symbol.asyncDispose]: async () => undefined };
  });
});
