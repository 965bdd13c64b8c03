// Real Envoy against the real gRPC port: TLS 1.3 with the pinned root, the bearer token from a file on its delta-ADS stream, and a token that is replaced.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Authority } from '../../src/identity/index.ts';
import type { ByteStream } from '../../src/wire/index.ts';
import { serveGrpc } from '../../src/wire/index.ts';
import { fakeClock } from '../kit/fake-clock.ts';
import { needs } from '../kit/require.ts';

const pointer = resolve(import.meta.dirname, '../../.cache/envoy');
const envoyPath = existsSync(pointer) ? readFileSync(pointer, 'utf8').trim() : '';
const { skip } = needs('envoy', envoyPath !== '' && existsSync(envoyPath));
let directory: string;
let envoy: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weft-sign-in-'));
});
afterEach(async () => {
  if (envoy !== undefined && envoy.exitCode === null) {
    const gone = new Promise((resolve) => envoy?.once('exit', resolve));
    envoy.kill('SIGKILL');
    await gone;
  }
  rmSync(directory, { recursive: true, force: true });
});

const type = (name: string): string => `type.googleapis.com/envoy.${name}`;

function bootstrap(port: number, rootPem: string): object {
  const token = { path_config_source: { path: join(directory, 'token.json'), watched_directory: { path: join(directory) } }, resource_api_version: 'V3' };
  const filters = [
    {
      name: 'envoy.filters.http.credential_injector',
      typed_config: {
        '@type': type('extensions.filters.http.credential_injector.v3.CredentialInjector'),
        overwrite: true,
        credential: {
          name: 'envoy.http.injected_credentials.generic',
          typed_config: {
            '@type': type('extensions.http.injected_credentials.generic.v3.Generic'),
            header_value_prefix: 'Bearer ',
            credential: { name: 'token', sds_config: token },
          },
        },
      },
    },
    { name: 'envoy.filters.http.upstream_codec', typed_config: { '@type': type('extensions.filters.http.upstream_codec.v3.UpstreamCodec') } },
  ];
  return {
    node: { id: 'claims-to-be-somebody', cluster: 'c' },
    dynamic_resources: {
      cds_config: { ads: {}, resource_api_version: 'V3', initial_fetch_timeout: '0s' },
      ads_config: {
        api_type: 'DELTA_GRPC',
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds', retry_policy: { retry_back_off: { base_interval: '0.05s', max_interval: '0.2s' } } } }],
      },
    },
    static_resources: {
      clusters: [
        {
          name: 'xds',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'xds',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }] }],
          },
          typed_extension_protocol_options: {
            'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
              '@type': type('extensions.upstreams.http.v3.HttpProtocolOptions'),
              explicit_http_config: { http2_protocol_options: {} },
              http_filters: filters,
            },
          },
          transport_socket: {
            name: 'tls',
            typed_config: {
              '@type': type('extensions.transport_sockets.tls.v3.UpstreamTlsContext'),
              sni: 'control-plane.weft',
              common_tls_context: {
                // Both: as a client Envoy stops at TLS 1.2 unless it is told otherwise, and the port takes nothing below 1.3.
                tls_params: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3' },
                validation_context: {
                  trusted_ca: { inline_string: rootPem },
                  match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'control-plane.weft' } }],
                },
              },
            },
          },
        },
      ],
    },
  };
}

/** As `weft run` writes it: a secret that points at the token's file, whose directory Envoy watches for renames. */
function writeToken(text: string): void {
  writeFileSync(
    join(directory, 'token.json'),
    JSON.stringify({
      resources: [
        { '@type': type('extensions.transport_sockets.tls.v3.Secret'), name: 'token', generic_secret: { secret: { filename: join(directory, 'token') } } },
      ],
    }),
  );
  writeFileSync(join(directory, 'next'), text);
  renameSync(join(directory, 'next'), join(directory, 'token'));
}

test.skipIf(skip)('Envoy signs in with the token of its file, and with the new one on its next stream', async () => {
  const authority = Authority.open({ directory, trustDomain: 'example.mesh', clock: { ...fakeClock(), now: () => Date.now() } });
  const streams: ByteStream[] = [];
  let arrived = Promise.withResolvers<ByteStream>();
  const server = await serveGrpc({
    host: '127.0.0.1',
    port: 0,
    tls: authority.serverCertificate(['control-plane.weft']),
    services: [
      {
        name: 'envoy.service.discovery.v3.AggregatedDiscoveryService',
        methods: {
          DeltaAggregatedResources: {
            kind: 'bidi',
            open: (stream) => {
              streams.push(stream);
              stream.onMessage(() => arrived.resolve(stream));
            },
          },
        },
      },
    ],
  });
  try {
    writeToken('first');
    writeFileSync(join(directory, 'envoy.json'), JSON.stringify(bootstrap(server.port, authority.bundle())));
    envoy = spawn(envoyPath, ['-c', join(directory, 'envoy.json'), '--concurrency', '1', '--use-dynamic-base-id', '-l', 'error'], { stdio: 'inherit' });
    expect((await arrived.promise).call.token).toBe('first');
    writeToken('second');
    // Envoy reads the file when its watch rings: streams are ended until one comes with the new token.
    for (let tries = 0; streams.at(-1)?.call.token !== 'second' && tries < 200; tries++) {
      arrived = Promise.withResolvers<ByteStream>();
      streams.at(-1)?.end();
      await arrived.promise;
    }
    expect(streams.at(-1)?.call.token).toBe('second');
  } finally {
    await server.close(0);
  }
});
