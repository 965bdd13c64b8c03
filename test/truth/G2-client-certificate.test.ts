// G2: the certificate that a Gateway shows to servers outside (spec.tls.backend.clientCertificateRef), to those behind its routes and to
// those to which others leave by it; and what is said where it cannot be used.
import { expect, test } from 'vitest';
import { askPlain, certificateFor, edgeRoute, gatewayDocument, type Pair, startGateway, tlsSecret } from '../kit/edge.ts';
import { LabCaller } from '../kit/lab.ts';
import { authority, httpsOrigin } from '../kit/origin.ts';
import { eventually } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const API = 'gateway.networking.k8s.io/v1';
/** TLS 1.3: the server says so only after the handshake. */
const REFUSED = /^503 (upstream-|retries-exhausted)/;
const EXTERNAL = { group: 'weft.dev', kind: 'ExternalService' } as const;

const external = (name: string, host: string, port: object, more: object = {}) => ({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'ExternalService',
  metadata: { name, namespace: 'shop' },
  spec: { hosts: [host], ports: [port], resolution: 'Static', addresses: ['127.0.0.1'], ...more },
});
const tlsPolicy = (hostname: string) => ({
  apiVersion: API,
  kind: 'BackendTLSPolicy',
  metadata: { name: 'outside', namespace: 'shop' },
  spec: {
    targetRefs: ['outside', 'leaving'].map((name) => ({ ...EXTERNAL, name })),
    validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }], hostname },
  },
});
const grant = {
  from: [{ ...EXTERNAL, namespace: 'shop' }],
  to: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
};

async function mutualOrigin() {
  const servers = authority('servers');
  const clients = authority('clients');
  const origin = await httpsOrigin('origin', servers.issue(['origin.test']), { clients: clients.pem });
  return { servers, clients, origin };
}

interface Conditions {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[] };
}

test('G2 clientCertificateRef: servers outside see the certificate of the Gateway, a renewed one at once, and none when it is taken away', async () => {
  await using mesh = TestMesh.open();
  await mesh.up();
  const { servers, clients, origin } = await mutualOrigin();
  await using _ = origin;
  const [port, egress] = [await freePort(), await freePort()];
  const listeners = [{ name: 'http', port, protocol: 'HTTP' }];
  const showing = (name: string) => gatewayDocument(listeners, { tls: { backend: { clientCertificateRef: { name } } } });
  const pairOf = (name: string): Pair => clients.issue([name]);
  const at = { name: 'http', port: 80, targetPort: origin.port, appProtocol: 'http' };
  await mesh.apply([
    external('outside', 'outside.test', at),
    external('leaving', 'leaving.test', at, { egress: { gateway: { namespace: 'edge', name: 'edge', port: egress } } }),
    { apiVersion: API, kind: 'ReferenceGrant', metadata: { name: 'shop', namespace: 'edge' }, spec: grant },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ca', namespace: 'shop' }, data: { 'ca.crt': servers.pem } },
    tlsPolicy('origin.test'),
    tlsSecret('client', pairOf('first')),
    tlsSecret('stranger', certificateFor(mesh, ['stranger'])),
    showing('client'),
    edgeRoute('outside', [{ backendRefs: [{ ...EXTERNAL, name: 'outside', port: 80 }] }]),
  ]);
  await startGateway(mesh);
  const answers = (wanted: RegExp) =>
    eventually(String(wanted), async () => {
      const reply = await askPlain(port, { host: 'x' }).catch(() => undefined);
      const text = `${reply?.status} ${reply?.headers['weft-reason'] ?? ''} ${reply?.body ?? ''}`;
      return wanted.test(text) ? text : undefined;
    });
  const said = (reason: string) =>
    eventually(reason, async () => {
      const { status } = await mesh.call<Conditions>(`/apis/${API}/namespaces/edge/gateways/edge`);
      return status?.conditions?.some((each) => each.type === 'ResolvedRefs' && each.reason === reason) ? true : undefined;
    });
  await answers(/^200 .*"client":"first"/);
  await said('ResolvedRefs');
  // who leaves the mesh by the Gateway is shown to be the Gateway as well
  const web = await LabCaller.start(mesh, { name: 'web' });
  expect((await web.until('http://leaving.test/', ({ status }) => status === 200)).body).toContain('"client":"first"');
  // a renewed certificate is a push of that secret alone; connections that are open keep the old one
  await mesh.apply([tlsSecret('client', pairOf('second'))]);
  await mesh.apply([tlsPolicy('origin.test')]);
  await mesh.apply([showing('stranger')]);
  await answers(REFUSED);
  await mesh.apply([showing('client')]);
  await answers(/^200 .*"client":"second"/);
  await mesh.apply([showing('missing')]);
  await answers(REFUSED);
  await said('InvalidClientCertificateRef');
  expect((await mesh.run(['describe', 'gateway', 'edge', '-n', 'edge'])).stdout).toMatch(
    /WEFT1602[\s\S]*Secret edge\/missing does not exist: servers outside are shown no certificate/,
  );
  await mesh.apply([gatewayDocument(listeners, { tls: { backend: { clientCertificateRef: { name: 'client', namespace: 'other' } } } })]);
  await said('RefNotPermitted');
}, 120_000);
