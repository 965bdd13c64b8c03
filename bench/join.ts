// Simulated proxies that join as `weft run` would, without an Envoy.
import { type JoinReply, MACHINE_SERVICE } from '../src/api/index.ts';
import { openGrpcClient } from '../src/wire/index.ts';
import { AdsClient, type AdsClientOptions, dialAds } from '../test/kit/ads-client.ts';
import type { TestMesh } from '../test/kit/test-mesh.ts';

/** Of the application behind each proxy. */
const PORT = { name: 'http', port: 8080, proxyPort: 20_001, protocol: 'http' } as const;

/** What the control plane says of itself. */
export interface Facts {
  readonly rootPem: string;
  readonly xdsAddress: string;
}

export function factsOf(mesh: TestMesh): Promise<Facts> {
  return mesh.call<Facts>('/weft/v1/status');
}

/** Joins a workload of namespace `bench` under `name`, and returns its proxy's token. */
export async function join(mesh: TestMesh, { rootPem, xdsAddress }: Facts, name: string): Promise<string> {
  const { token } = await mesh.call<{ token: string }>('/weft/v1/tokens', { method: 'POST', body: { namespace: 'bench', serviceAccount: name } });
  const [host = '', port = ''] = xdsAddress.split(':');
  const client = openGrpcClient({ host, port: Number(port), rootPem, serverName: 'control-plane.weft' });
  const envoy = { version: '1.40.0', adminSocket: '/x', readySocket: '/x', tokenFile: '/x', tokenDirectory: '/x', tokenResource: '/x', xdsAddress };
  const workload = { service: name, createService: false, instance: '0', labels: {}, address: '127.0.0.1', ports: [PORT], zone: '', weight: 1 };
  const capture = { mode: 'netns', netns: `/run/netns/${name}`, resolvers: ['10.0.0.53'] };
  const request = { token, ...workload, capture, bind: '127.0.0.1', hostLoopback: '', envoy };
  const reply = (await client.call(`/${MACHINE_SERVICE}/Join`, request, { deadlineMs: 30_000 })) as JoinReply;
  client.close();
  return reply.proxyToken;
}

/** Opens a proxy's stream over a connection of its own. */
export function connect(facts: Facts, token: string, options: AdsClientOptions): AdsClient {
  const server = { port: Number(facts.xdsAddress.split(':')[1]), rootPem: facts.rootPem, serverName: 'control-plane.weft' };
  return new AdsClient(dialAds(server, token), options).start();
}

const RENEW_MS = 5_000;

/** Keeps a workload's lease as its machine would; without that it is removed. The returned function stops. */
export function keepLease({ rootPem, xdsAddress }: Pick<Facts, 'rootPem' | 'xdsAddress'>, proxyToken: string): () => void {
  const [host = '', port = ''] = xdsAddress.split(':');
  const client = openGrpcClient({ host, port: Number(port), rootPem, serverName: 'control-plane.weft' });
  const renew = (): void => void client.call(`/${MACHINE_SERVICE}/Renew`, {}, { deadlineMs: 30_000, token: proxyToken }).catch(() => undefined);
  const timer = setInterval(renew, RENEW_MS);
  return () => {
    clearInterval(timer);
    client.close();
  };
}
