import { expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../test/kit/compiled.ts';
import { explain } from '../compile/index.ts';
import { withEnded } from './endings.ts';

const SHOP = `
{ apiVersion: v1, kind: Service, metadata: { name: pay, namespace: shop }, spec: { selector: { app: pay }, ports: [{ port: 80, appProtocol: http }] } }
---
{ apiVersion: weft.dev/v1alpha1, kind: Workload, metadata: { name: pay-1, namespace: shop, labels: { app: pay } }, spec: { address: 10.0.0.1, ports: [{ port: 80, proxyPort: 20080 }], proxy: { capture: { mode: relay, directory: /r } } } }
---
{ apiVersion: weft.dev/v1alpha1, kind: FaultPolicy, metadata: { name: f, namespace: shop }, spec: { targetRefs: [{ kind: Service, name: pay }], until: 2026-01-01T00:00:00Z, faults: [{ abort: { status: 503 } }] } }
`;

test('a fault that has ended is said to have', () => {
  const mesh = meshOf(documentsOf(SHOP).documents);
  const told = explain(mesh, { from: 'shop/pay', to: 'pay', path: '/', method: 'GET', headers: {} });
  const faults = (now: string) =>
    withEnded(mesh, told, Date.parse(now))
      .hops.flatMap(({ steps }) => steps)
      .filter(({ subject }) => subject === 'fault')
      .map(({ value }) => value);
  expect(faults('2025-12-31T23:59:59Z')).toEqual(['abort 503']);
  expect(faults('2026-01-01T00:00:00Z')).toEqual(['none: ended at 2026-01-01T00:00:00.000Z']);
});
