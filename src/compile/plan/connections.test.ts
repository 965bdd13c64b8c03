import { describe, expect, test } from 'vitest';
import { documentsOf, meshOf } from '../../../test/kit/compiled.ts';
import type { ServiceKey, WorkloadKey } from '../../model/index.ts';
import { planService } from './service.ts';
import { viewOf } from './view.ts';

const SERVICE = 'shop/ledger' as ServiceKey;
const BASE = `
apiVersion: v1
kind: Service
metadata: { name: ledger, namespace: shop }
spec: { selector: { app: ledger }, ports: [{ name: db, port: 5432, appProtocol: tcp }, { name: http, port: 80, appProtocol: http }] }
---
apiVersion: weft.dev/v1alpha1
kind: Workload
metadata: { name: w, namespace: web }
spec: { address: 10.0.0.1, serviceAccount: w, proxy: { capture: { mode: none }, bind: 10.0.0.1 } }
---`;

function route(kind: string, namespace: string, weights = '1'): string {
  const hostnames = kind === 'TLSRoute' ? 'hostnames: [x.test], ' : '';
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: ${namespace}, namespace: ${namespace} }
spec: { parentRefs: [{ group: "", kind: Service, name: ledger, namespace: shop }], ${hostnames}rules: [{ backendRefs: [{ name: ledger, namespace: shop, port: ${kind === 'HTTPRoute' ? 80 : 5432}, weight: ${weights} }] }] }
---`;
}

/** Which route decides about requests, and which about connections, of the workload of namespace `web`. */
function deciding(text: string): readonly (string | undefined)[] {
  const mesh = meshOf(documentsOf(BASE + text).documents);
  const workload = mesh.workloads.get('web/w' as WorkloadKey);
  if (workload === undefined) throw new Error('no workload');
  const { ports } = planService(mesh, SERVICE, viewOf(mesh, workload, SERVICE));
  const [http, db] = ports;
  const [named] = db?.byServerName ?? [];
  return [http?.routes[0]?.name, named === undefined ? db?.connections?.route : `${named.hostname} ${named.connections.route}`];
}

describe('routes of connections and of requests', () => {
  test('of a consumer replace those of the producer each for themselves', () => {
    const produced = route('HTTPRoute', 'shop') + route('TCPRoute', 'shop');
    expect(deciding(produced)).toEqual(['shop/shop/0', 'shop/shop']);
    expect(deciding(produced + route('TCPRoute', 'web'))).toEqual(['shop/shop/0', 'web/web']);
    expect(deciding(produced + route('HTTPRoute', 'web'))).toEqual(['web/web/0', 'shop/shop']);
    // The more specific kind has the port.
    expect(deciding(produced + route('TLSRoute', 'shop'))).toEqual(['shop/shop/0', 'x.test shop/shop']);
    expect(deciding(produced + route('TLSRoute', 'web'))).toEqual(['shop/shop/0', 'x.test web/web']);
  });

  test('without a TCPRoute a port has its service, with one of weight 0 nobody', () => {
    expect(deciding('')[1]).toBeUndefined();
    expect(deciding(route('TCPRoute', 'shop', '0'))[1]).toBe('shop/shop');
  });
});
