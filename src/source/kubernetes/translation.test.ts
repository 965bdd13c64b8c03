import { expect, test } from 'vitest';
import type { Document } from '../../model/index.ts';
import { Translation } from './translation.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a reader of a translation knows. */
function reader() {
  const documents = new Map<string, Document>();
  const problems = new Map<string, readonly string[]>();
  const translation = new Translation({
    tell: (event) => {
      if (event.kind === 'put') documents.set(`${event.document.kind} ${event.document.metadata.name}`, event.document);
      else for (const [key] of documents) if (event.key.endsWith(`/${key.replace(' ', '/shop/')}`)) documents.delete(key);
    },
    problems: (key, diagnostics) =>
      problems.set(
        key,
        diagnostics.map(({ code }) => code),
      ),
  });
  return { translation, problems, spec: (key: string) => documents.get(key)?.spec as Fields | undefined };
}

const pod = (
  name: string,
  { annotations = {}, spec = {}, ips = ['10.244.0.7'] }: { annotations?: Record<string, string>; spec?: object; ips?: string[] } = {},
) => ({
  metadata: { name, namespace: 'shop', labels: { app: 'web' }, annotations },
  spec: { serviceAccountName: 'web', nodeName: 'n1', containers: [{ ports: [{ name: 'http', containerPort: 8080 }] }], ...spec },
  status: { podIP: ips[0] ?? '', podIPs: ips.map((ip) => ({ ip })), conditions: [{ type: 'Ready', status: 'True' }] },
});
const service = (spec: object) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { selector: { app: 'web' }, ...spec },
});
const MESHED = { annotations: { 'weft.dev/proxy': 'sidecar' } };

test('a pod with a proxy is captured, one without is sent plaintext', () => {
  const { translation, spec } = reader();
  translation.pod('shop/in', pod('in', MESHED));
  translation.pod('shop/out', pod('out'));
  translation.pod('shop/host', pod('host', { ...MESHED, spec: { hostNetwork: true } }));
  translation.pod('shop/both', pod('both', { ...MESHED, ips: ['fd00::7', '10.244.0.8'] }));
  expect(spec('Workload in')).toMatchObject({ machine: 'n1', proxy: { capture: { mode: 'pod', ipv6: false }, bind: '' } });
  expect(spec('Workload in')).not.toHaveProperty('plaintext');
  expect(spec('Workload out')).toMatchObject({ plaintext: true });
  expect(spec('Workload host')).toMatchObject({ plaintext: true });
  expect(spec('Workload both')).toMatchObject({ address: '10.244.0.8', proxy: { capture: { mode: 'pod', ipv6: true } } });
});

test('a pod has the ports that Services say by number, for as long as they do', () => {
  const { translation, spec } = reader();
  const numbers = (): unknown =>
    ((spec('Workload in')?.['ports'] ?? []) as { port: number; protocol: string }[]).map(({ port, protocol }) => `${protocol} ${port}`);
  translation.pod('shop/in', pod('in', MESHED));
  expect(numbers()).toEqual(['TCP 8080']);
  const ports = [{ port: 80, targetPort: 9090 }, { name: 'http', port: 81, targetPort: 'http' }, { port: 53, protocol: 'UDP' }, { port: 8080 }];
  translation.service('shop/web', service({ ports: ports.map((each, at) => ({ name: `p${at}`, ...each })) }));
  expect(numbers()).toEqual(['TCP 8080', 'UDP 53', 'TCP 9090']);
  translation.service('shop/web', service({ ports: [{ port: 80, targetPort: 'http' }] }));
  expect(numbers()).toEqual(['TCP 8080']);
  translation.service('shop/web', service({ ports: [{ port: 7070 }] }));
  translation.service('shop/web', undefined);
  expect(numbers()).toEqual(['TCP 8080']);
});

test('what a Service says about the way from outside is no mistake, and no address of its own is made up', () => {
  const { translation, spec, problems } = reader();
  translation.service(
    'shop/web',
    service({
      type: 'LoadBalancer',
      clusterIP: '10.96.0.9',
      clusterIPs: ['10.96.0.9'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 31000,
      allocateLoadBalancerNodePorts: true,
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } },
      ports: [{ name: 'http', port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }],
    }),
  );
  expect(problems.get('Service shop/web')).toBeUndefined();
  expect(spec('Service web')).toMatchObject({ clusterIP: '10.96.0.9', sessionAffinity: 'ClientIP', ports: [{ name: 'http', port: 80 }] });
});

test('a slice that somebody writes is outside the mesh', () => {
  const { translation, spec } = reader();
  translation.slice('shop/db-1', {
    metadata: { name: 'db-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 5432 }],
    endpoints: [{ addresses: ['192.0.2.7'] }],
  } as never);
  expect(spec('Workload db-1-192-0-2-7')).toMatchObject({ plaintext: true });
});
