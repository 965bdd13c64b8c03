import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { documentsOf, fullSet, meshOf, proxiedWorkloads, sha256, sidecarOf } from '../../test/kit/compiled.ts';
import { resourceJson, resourceOfJson } from './index.ts';

const GOLDENS = join(import.meta.dirname, '../compile/goldens');

describe('a resource as JSON', () => {
  test('and back is the same bytes, for everything in the goldens', () => {
    let count = 0;
    for (const name of readdirSync(GOLDENS)) {
      const mesh = meshOf(documentsOf(readFileSync(join(GOLDENS, name, 'in.yaml'), 'utf8')).documents);
      for (const workload of proxiedWorkloads(mesh)) {
        for (const resource of fullSet(mesh, sidecarOf(workload)).resources) {
          const again = resourceOfJson(resourceJson(resource), { type: resource.type, name: resource.name, origins: [], hash: sha256 });
          expect('resource' in again ? again.resource.version : again.problems, `${name} ${resource.type} ${resource.name}`).toBe(resource.version);
          count++;
        }
      }
    }
    expect(count).toBeGreaterThan(100);
  });

  test('says what is wrong with it, also inside packed messages', () => {
    const parts = { type: 'cluster', name: 'c', origins: [], hash: sha256 } as const;
    const problems = (json: object): unknown => {
      const read = resourceOfJson(json as never, parts);
      return 'problems' in read ? read.problems.join('; ') : 'fine';
    };
    expect(problems({ name: 'c', conect_timeout: '1s' })).toContain('conect_timeout');
    expect(problems({ name: '' })).toContain('name');
    const http = { '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions' };
    expect(problems({ name: 'c', typed_extension_protocol_options: { x: http } })).toContain('typed_extension_protocol_options');
  });

  test('carries extensions that Weft has no message for', () => {
    const socket = { name: 's', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tap.v3.Tap', common_config: {} } };
    const read = resourceOfJson({ name: 'c', transport_socket: socket }, { type: 'cluster', name: 'c', origins: [], hash: sha256 });
    expect(JSON.stringify('resource' in read ? resourceJson(read.resource) : read)).toContain(
      '"type_url":"type.googleapis.com/envoy.extensions.transport_sockets.tap.v3.Tap"',
    );
  });
});
