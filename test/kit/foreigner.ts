// A workload of another mesh without a proxy of its own: it joins there, takes the certificate that its proxy would get, and dials where it likes.
import type { Socket } from 'node:net';
import { connect, createSecureContext, type SecureContext } from 'node:tls';
import { fromBinary } from '@bufbuild/protobuf';
import { CONTROL_PLANE_NAME } from '../../src/api/index.ts';
import { SecretSchema } from '../../src/envoy/index.ts';
import { openMachineClient } from '../../src/machine/control-plane.ts';
import { AdsClient, dialAds } from './ads-client.ts';
import { joinRequest } from './join-request.ts';
import { eventually } from './shop.ts';
import type { TestMesh } from './test-mesh.ts';

/** The certificate and key that the mesh gives to a workload of this account. */
export async function identityOf(mesh: TestMesh, account: string): Promise<SecureContext> {
  const { token } = await mesh.call<{ token: string }>('/weft/v1/tokens', { method: 'POST', body: { namespace: 'shop', serviceAccount: account } });
  const machine = await openMachineClient({ host: '127.0.0.1', port: mesh.xdsPort }, token);
  const { proxyToken } = await machine.join(joinRequest(token, account));
  machine.close();
  const { rootPem } = await mesh.call<{ rootPem: string }>('/weft/v1/status');
  const client = new AdsClient(dialAds({ port: mesh.xdsPort, rootPem, serverName: CONTROL_PLANE_NAME }, proxyToken)).start();
  const resource = await eventually(`${account} has its certificate`, async () => client.held.of('secret').get('workload'));
  client.close();
  const { type } = fromBinary(SecretSchema, Buffer.concat(resource.body as readonly Uint8Array[]));
  if (type.case !== 'tlsCertificate') throw new Error(`${account} got no certificate`);
  return createSecureContext({ cert: String(type.value.certificateChain?.specifier.value), key: String(type.value.privateKey?.specifier.value) });
}

/** Status of a GET over mutual TLS, and the body; 0 when the connection was refused. */
export function askWith(secureContext: SecureContext, port: number, host = '127.0.0.1'): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((done) => {
    let words = '';
    const socket: Socket = connect({ port, host, secureContext, rejectUnauthorized: false, minVersion: 'TLSv1.3' }, () =>
      socket.write('GET / HTTP/1.1\r\nhost: checkout\r\nconnection: close\r\n\r\n'),
    );
    socket.on('data', (bytes) => {
      words += String(bytes);
    });
    socket.on('error', () => undefined);
    socket.once('close', () => done({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(words)?.[1] ?? 0), body: words }));
  });
}
