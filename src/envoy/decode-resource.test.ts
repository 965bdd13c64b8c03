import { expect, test } from 'vitest';
import {
  ClusterSchema,
  checkedResource,
  decodeResource,
  duration,
  HttpConnectionManagerSchema,
  ListenerSchema,
  makeResource,
  named,
  type ResourceParts,
  SecretSchema,
  toEnvoyJson,
  UpstreamTlsContextSchema,
  type Version,
} from './index.ts';

const parts: Omit<ResourceParts, 'type' | 'name'> = { origins: [], hash: (pieces) => `${pieces.reduce((sum, piece) => sum + piece.length, 0)}` as Version };

test('a resource comes back as the JSON that Envoy people know, with what is packed in it', () => {
  const resource = makeResource({
    ...parts,
    type: 'cluster',
    name: 'c',
    desc: ClusterSchema,
    init: { name: 'c', connectTimeout: duration(1500), transportSocket: named('tls', UpstreamTlsContextSchema, { sni: 'x' }) },
  });
  expect(decodeResource(resource)).toEqual({
    name: 'c',
    connect_timeout: '1.500s',
    transport_socket: { name: 'tls', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', sni: 'x' } },
  });
});

test('private keys are not shown, certificates are; also inside packed messages', () => {
  const tlsCertificate = {
    certificateChain: { specifier: { case: 'inlineString' as const, value: 'CERT' } },
    privateKey: { specifier: { case: 'inlineString' as const, value: 'KEY' } },
  };
  const secret = makeResource({
    ...parts,
    type: 'secret',
    name: 'workload',
    desc: SecretSchema,
    init: { name: 'workload', type: { case: 'tlsCertificate', value: tlsCertificate } },
  });
  expect(decodeResource(secret)).toEqual({
    name: 'workload',
    tls_certificate: { certificate_chain: { inline_string: 'CERT' }, private_key: '[redacted]' },
  });
  const init = { name: 'c', transportSocket: named('tls', UpstreamTlsContextSchema, { commonTlsContext: { tlsCertificates: [tlsCertificate] } }) };
  const text = JSON.stringify(decodeResource(makeResource({ ...parts, type: 'cluster', name: 'c', desc: ClusterSchema, init })));
  expect(text).toContain('CERT');
  expect(text).not.toContain('KEY');
  expect(JSON.stringify(toEnvoyJson(ClusterSchema, init))).toContain('KEY');
});

test('what cannot be decoded says why', () => {
  const broken = makeResource({ ...parts, type: 'listener', name: 'l', pieces: [Uint8Array.of(255)] });
  expect(decodeResource(broken)).toEqual({ undecoded: expect.any(String) });
});

test('a checked resource is a resource or the reasons why not', () => {
  const content = { ...parts, type: 'listener' as const, name: 'l', desc: ListenerSchema };
  const chain = (statPrefix: string) => ({
    filterChains: [{ filters: [named('hcm', HttpConnectionManagerSchema, { statPrefix, routeSpecifier: { case: 'routeConfig', value: {} } })] }],
  });
  expect(checkedResource({ ...content, init: chain('in') })).toMatchObject({ resource: { type: 'listener', name: 'l' } });
  expect(checkedResource({ ...content, init: chain('') })).toEqual({
    violations: [{ path: 'filter_chains[0].filters[0].typed_config.stat_prefix', rule: 'must not be empty' }],
  });
});

test('durations are exact', () => {
  expect(duration(0)).toEqual({ seconds: 0n, nanos: 0 });
  expect(duration(1999.9999999)).toEqual({ seconds: 2n, nanos: 0 });
  expect(duration(0.25)).toEqual({ seconds: 0n, nanos: 250_000 });
  expect(duration(86_400_001)).toEqual({ seconds: 86_400n, nanos: 1_000_000 });
});
