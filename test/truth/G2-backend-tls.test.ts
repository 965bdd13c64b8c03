import { expect, test } from 'vitest';
import { askPlain, certificateFor, edgeRoute, gatewayDocument, startGateway } from '../kit/edge.ts';
import { httpsOrigin } from '../kit/origin.ts';
import { eventually } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

const policy = (ca: string, hostname: string, subjectAltNames: readonly object[] = []) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'BackendTLSPolicy',
  metadata: { name: 'outside', namespace: 'shop' },
  spec: {
    targetRefs: [{ group: 'weft.dev', kind: 'ExternalService', name: 'outside' }],
    validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: ca }], hostname, subjectAltNames },
  },
});
const configMap = (name: string, pem: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { 'ca.crt': pem } });

test('G2 BackendTLSPolicy: host name, subject alternative names and authorities decide whom a gateway believes', async () => {
  await using mesh = TestMesh.open();
  await mesh.up();
  const pair = certificateFor(mesh, ['origin.test']);
  await using origin = await httpsOrigin('origin', pair);
  const port = await freePort();
  await mesh.apply([
    {
      apiVersion: 'weft.dev/v1alpha1',
      kind: 'ExternalService',
      metadata: { name: 'outside', namespace: 'shop' },
      spec: {
        hosts: ['outside.test'],
        ports: [{ name: 'http', port: 80, targetPort: origin.port, appProtocol: 'http' }],
        resolution: 'Static',
        addresses: ['127.0.0.1'],
      },
    },
    configMap('good', pair.certificate),
    configMap('wrong', certificateFor(mesh, ['stranger']).certificate),
    policy('good', 'origin.test'),
    gatewayDocument([{ name: 'http', port, protocol: 'HTTP' }]),
    edgeRoute('outside', [{ backendRefs: [{ group: 'weft.dev', kind: 'ExternalService', name: 'outside', port: 80 }] }]),
  ]);
  await startGateway(mesh);
  const answers = async (wanted: RegExp) =>
    eventually(String(wanted), async () => {
      const reply = await askPlain(port, { host: 'x' }).catch(() => undefined);
      const text = `${reply?.status} ${reply?.headers['weft-reason'] ?? ''} ${reply?.body ?? ''}`;
      return wanted.test(text) ? text : undefined;
    });
  expect(await answers(/^200 /)).toContain('"sni":"origin.test"');
  await mesh.apply([policy('wrong', 'origin.test')]);
  await answers(/^503 upstream-tls;/);
  await mesh.apply([policy('good', 'other.test')]);
  await answers(/^503 upstream-tls;/);
  // with names given, the host name is for the handshake alone
  await mesh.apply([policy('good', 'other.test', [{ type: 'Hostname', hostname: 'origin.test' }])]);
  expect(await answers(/^200 /)).toContain('"sni":"other.test"');
  // nobody is left to believe: requests fail, and the policy says why
  await mesh.apply([policy('none', 'origin.test')]);
  await answers(/^503 upstream-tls;/);
  const described = await mesh.run(['describe', 'backendtlspolicy', 'outside', '-n', 'shop']);
  expect(described.stdout).toMatch(/WEFT1610[\s\S]*ConfigMap shop\/none does not exist/);
  const { status } = await mesh.call<{
    status: { ancestors: readonly { ancestorRef: object; conditions: readonly { type: string; status: string; reason: string }[] }[] };
  }>('/apis/gateway.networking.k8s.io/v1/namespaces/shop/backendtlspolicies/outside');
  expect(
    status.ancestors.map(({ ancestorRef, conditions }) => [ancestorRef, ...conditions.map((each) => `${each.type} ${each.status} ${each.reason}`)]),
  ).toEqual([
    [
      { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'edge', name: 'edge' },
      'Accepted False NoValidCACertificate',
      'ResolvedRefs False InvalidCACertificateRef',
    ],
  ]);
});
