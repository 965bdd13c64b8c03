import { expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../../test/kit/compiled.ts';
import { accessLogRules } from './index.ts';

const policy = (name: string, namespace: string, target: object, accessLogs: object): string =>
  JSON.stringify({
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'TelemetryPolicy',
    metadata: { name, namespace, creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { targetRefs: [target], accessLogs },
  });
const service = (name: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80 }] },
  });
const workload = (name: string, app: string): string =>
  JSON.stringify({
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'Workload',
    metadata: { name, namespace: 'shop', labels: { app } },
    spec: { serviceAccount: app, address: '10.0.0.1', ports: [{ name: 'http', port: 80, proxyPort: 15_006 }] },
  });
const said = (target: object, accessLogs: object): readonly string[] =>
  documentsOf(policy('p', 'shop', target, accessLogs)).diagnostics.map(({ code, at }) => `${code} ${at.path}`);

test('the mesh, a namespace and a service say it field by field; the same rules while the same documents hold', () => {
  const mesh = meshOf(
    documentsOf(
      [
        service('web'),
        service('pay'),
        workload('web-1', 'web'),
        workload('pay-1', 'pay'),
        workload('loose-1', 'loose'),
        policy('all', 'ops', { kind: 'Mesh', name: 'default' }, { when: { percent: 1 }, to: [{ type: 'File', path: 'all.log' }] }),
        policy('ours', 'shop', { kind: 'Namespace', name: 'shop' }, { when: { minStatus: 500 } }),
        policy('web', 'shop', { kind: 'Service', name: 'web' }, { when: { slowerThan: '2s' }, to: [{ type: 'Stdout', format: 'Text' }] }),
        policy('pay', 'shop', { kind: 'Service', name: 'pay' }, { disabled: true }),
      ].join('\n---\n'),
    ).documents,
  );
  const rules = (name: string) => accessLogRules(mesh, [...mesh.workloads.values()].find((each) => each.name === name) ?? expect.fail(name));
  const file = [{ type: 'File', format: 'JSON', path: 'all.log' }];
  expect(rules('web-1')).toEqual([{ minStatus: 500, slowerMs: 2000, percent: 1, headers: [], to: [{ type: 'Stdout', format: 'Text', path: '' }] }]);
  expect(rules('pay-1')).toEqual([]);
  expect(rules('loose-1')).toEqual([{ minStatus: 500, slowerMs: undefined, percent: 1, headers: [], to: file }]);
  expect(rules('web-1')[0]).toBe(rules('web-1')[0]);
  expect(
    accessLogRules(
      meshOf(documentsOf([service('web'), workload('web-1', 'web')].join('\n---\n')).documents),
      mesh.workloads.values().next().value ?? expect.fail(),
    ),
  ).toEqual([]);
});

test('what cannot be meant, and what is not carried out', () => {
  const web = { kind: 'Service', name: 'web' };
  expect(said({ kind: 'HTTPRoute', name: 'web' }, { disabled: true })).toEqual(['WEFT2340 spec.targetRefs[0]']);
  expect(said({ ...web, sectionName: 'http' }, { disabled: true })).toEqual(['WEFT2340 spec.targetRefs[0]']);
  for (const path of ['../x', '/etc/x', 'a//b', '.x', 'a/../b', 'x\n'])
    expect([path, said(web, { to: [{ type: 'File', path }] })]).toEqual([path, ['WEFT2341 spec.accessLogs.to[0].path']]);
  expect(said(web, { headers: ['x-a', 'User-Agent', 'cookie'], to: [{ type: 'OTLP' }] })).toEqual(['WEFT2343 spec.accessLogs.headers[0]']);
  expect(said(web, { to: [{ type: 'OTLP', path: 'x' }] })).toEqual(['WEFT2301 spec.accessLogs.to[0].path']);
});
