// The proxy of a pod, with real Envoy: it takes its bootstrap.
import { describe, expect, test } from 'vitest';
import { podBootstrap } from '../../src/compile/index.ts';
import { envoyBinary, refusal } from '../kit/envoy.ts';
import { needs } from '../kit/require.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);

type Json = Record<string, unknown>;

describe.skipIf(skip)('a pod', () => {
  test('Envoy takes the bootstrap with probes of every kind', async () => {
    const kinds = ['http', 'https', 'tcp', 'grpc'] as const;
    const probes = kinds.map((kind) => ({ path: `/weft/probe/${kind}`, kind, port: 8080, targetPath: '/h?a=b', timeoutMs: 1000, periodMs: 10_000 }));
    const headers = [{ name: 'x-share', value: '50%' }];
    const text = podBootstrap({
      xdsAddress: 'weft.weft-system.svc:15012',
      podAddress: '10.244.0.7',
      heapBytes: 2 ** 29,
      probes: probes.map((each) => ({ ...each, headers })),
    });
    const config = JSON.parse(text) as Json;
    // Token and trust are files that only a real pod has.
    const cluster = ((config['static_resources'] as Json)['clusters'] as Json[])[0] as Json;
    delete cluster['transport_socket'];
    const options = Object.values(cluster['typed_extension_protocol_options'] as Json)[0] as Json;
    options['http_filters'] = (options['http_filters'] as Json[]).slice(1);
    expect(refusal({ node: { id: 'shop/web-1', cluster: 'shop/web-1' }, ...config })).toBeUndefined();
  });
});
