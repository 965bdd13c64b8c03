import { expect, test } from 'vitest';
import type { Document } from '../../model/index.ts';
import { type Claims, ownStatus, statusToApply } from './own-status.ts';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const claims: Claims = { classIsOurs: (name) => name === 'weft', classOf: (_, name) => ({ edge: 'weft', foreign: 'other' })[name] };

function document(apiVersion: string, kind: string, { spec = {}, status, mirrored = true }: { spec?: object; status?: object; mirrored?: boolean }): Document {
  const annotations: Record<string, string> = mirrored ? { 'weft.dev/source': 'kubernetes' } : {};
  const own = status === undefined ? {} : { status: status as Record<string, unknown> };
  return { apiVersion, kind, metadata: { name: 'a', namespace: 'shop', labels: {}, annotations }, spec: spec as Record<string, unknown>, ...own };
}
const condition = (type: string, status: string, at: string, more: object = {}) => ({
  type,
  status,
  reason: type,
  message: '',
  lastTransitionTime: at,
  ...more,
});
const parent = (controllerName: string, name: string, conditions: readonly object[]) => ({ parentRef: { name }, controllerName, conditions });

test('of a route the parents that are ours', () => {
  const status = { parents: [parent('example.com/other', 'x', []), parent('weft.dev/controller', 'edge', [])] };
  expect(ownStatus(document(GATEWAY_API, 'HTTPRoute', { status }), claims)).toEqual({ parents: [status.parents[1]] });
});

test('of a Gateway what the server has a field for, and nothing of one that is not ours', () => {
  const status = { conditions: [], listeners: [], note: 'ours alone' };
  const gateway = (gatewayClassName: string) => document(GATEWAY_API, 'Gateway', { spec: { gatewayClassName }, status });
  expect(ownStatus(gateway('weft'), claims)).toEqual({ conditions: [], listeners: [] });
  expect(ownStatus(gateway('other'), claims)).toBeUndefined();
  const set = (name: string) => document(GATEWAY_API, 'ListenerSet', { spec: { parentRef: { name } }, status });
  expect(ownStatus(set('edge'), claims)).toEqual({ conditions: [], listeners: [] });
  expect(ownStatus(set('foreign'), claims)).toBeUndefined();
  expect(ownStatus(set('nowhere'), claims)).toBeUndefined();
});

test('nothing of what is no object of the cluster, nor of kinds that are others’', () => {
  const status = { conditions: [] };
  expect(ownStatus(document('weft.dev/v1alpha1', 'TimeoutPolicy', { status }), claims)).toEqual(status);
  expect(ownStatus(document('weft.dev/v1alpha1', 'TimeoutPolicy', { status, mirrored: false }), claims)).toBeUndefined();
  expect(ownStatus(document('weft.dev/v1alpha1', 'Workload', { status }), claims)).toBeUndefined();
  expect(ownStatus(document('v1', 'Service', { status }), claims)).toBeUndefined();
  expect(ownStatus(document(GATEWAY_API, 'GatewayClass', { spec: { controllerName: 'example.com/other' }, status }), claims)).toBeUndefined();
});

test('what others wrote stays, and so does the time since when a condition holds', () => {
  const there = {
    parents: [
      parent('example.com/other', 'x', [condition('Accepted', 'True', 'T0')]),
      parent('weft.dev/controller', 'edge', [condition('Accepted', 'True', 'T1')]),
    ],
  };
  const ours = {
    parents: [
      parent('weft.dev/controller', 'edge', [condition('Accepted', 'True', 'T9', { observedGeneration: 2 }), condition('ResolvedRefs', 'False', 'T9')]),
    ],
  };
  expect(statusToApply(ours, there)).toEqual({
    parents: [
      there.parents[0],
      parent('weft.dev/controller', 'edge', [condition('Accepted', 'True', 'T1', { observedGeneration: 2 }), condition('ResolvedRefs', 'False', 'T9')]),
    ],
  });
});

test('a parent that we do not have any more goes, and the last one leaves the others', () => {
  const there = { parents: [parent('example.com/other', 'x', []), parent('weft.dev/controller', 'edge', [])] };
  expect(statusToApply({ parents: [] }, there)).toEqual({ parents: [there.parents[0]] });
  expect(statusToApply({ parents: [] }, {})).toBeUndefined();
});

test('what is there is not written again, whatever others have beside it', () => {
  const conditions = [condition('Accepted', 'True', 'T1')];
  const there = { conditions: [...conditions, condition('Scanned', 'True', 'T2')], listeners: [{ name: 'http', attachedRoutes: 1, conditions }] };
  expect(
    statusToApply({ conditions: [condition('Accepted', 'True', 'T5')], listeners: [{ name: 'http', attachedRoutes: 1, conditions }] }, there),
  ).toBeUndefined();
  expect(statusToApply({ conditions, listeners: [{ name: 'http', attachedRoutes: 2, conditions }] }, there)).toBeDefined();
  expect(statusToApply({ conditions, listeners: [] }, there)).toBeDefined();
});
