// What `weft run` sends to join, for tests that are a workload without being one.
import type { JoinRequest } from '../../src/api/index.ts';

const ENVOY = {
  version: '1.40.0',
  adminSocket: '/a',
  readySocket: '/r',
  tokenFile: '/t',
  tokenDirectory: '/d',
  tokenResource: '/s',
  xdsAddress: '127.0.0.1:1',
};

/** An instance of `service` on loopback with one HTTP port, whose Service is made of it; `fields` say what is otherwise. */
export function joinRequest(token: string, service: string, fields: Partial<JoinRequest> = {}): JoinRequest {
  return {
    token,
    service,
    createService: true,
    instance: '1',
    labels: {},
    address: '127.0.0.1',
    ports: [{ name: 'http', port: 8080, proxyPort: 18_080, servicePort: 80, protocol: 'http' }],
    zone: '',
    weight: 1,
    capture: { mode: 'explicit', httpPort: 15_001, upstreams: [] },
    bind: '127.0.0.1',
    hostLoopback: '',
    envoy: ENVOY,
    ...fields,
  };
}
