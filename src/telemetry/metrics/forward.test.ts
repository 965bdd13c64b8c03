import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { encodeMetrics, type MetricPoint, readMetricLabels, readMetricPoints } from '../../envoy/index.ts';
import { Forwarder } from './forward.ts';

const message = encodeMetrics(
  [
    { kind: 'counter', name: 'istio_requests_total', help: '', points: [{ labels: { reporter: 'source' }, value: 7 }] },
    { kind: 'histogram', name: 'h', help: '', bounds: [1], points: [{ labels: {}, count: 3, sum: 4, buckets: [1, 2] }] },
  ],
  { since: 1000, at: 2000, resource: { 'service.name': 'weft' } },
);

test('a collector is pushed what was counted; one that is away is told of once, and pushed all again when it is back', async () => {
  let well = false;
  const heard: Buffer[] = [];
  const server = createServer((request, reply) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => void pieces.push(piece));
    request.on('end', () => {
      if (well && request.url === '/v1/metrics') heard.push(Buffer.concat(pieces));
      reply.writeHead(well ? 200 : 503).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const logged: string[] = [];
  const target = { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  {
    await using forwarder = new Forwarder({ target, message: async () => message, log: (_level, words) => void logged.push(words) }, 1e6);
    await forwarder.push();
    await forwarder.push();
    expect(forwarder.state).toMatchObject({ sent: 0, failed: 2, trouble: expect.stringContaining('503') });
    well = true;
    await forwarder.push();
    expect([forwarder.state?.trouble, logged.length]).toEqual(['', 2]);
  }
  server.close();
  expect(heard).toHaveLength(2); // and once at the end
  const points: MetricPoint[] = [];
  readMetricPoints(heard[0] ?? new Uint8Array(), (point) => void points.push(point));
  expect(points.map(({ name, kind, count }) => [name, kind, count])).toEqual([
    ['istio_requests_total', 'counter', 7],
    ['h', 'histogram', 3],
  ]);
  expect([...readMetricLabels(points[0]?.attributes ?? new Uint8Array())]).toEqual([['reporter', 'source']]);
});
