import { describe, expect, it } from 'vitest';
import { apply, type Document, type Mesh } from '../model/index.ts';
import { attachments, effectiveAt, emptyMesh, hasConsumerPolicies, POLICIES, parseDocument, type Subject } from './index.ts';

const timeouts = POLICIES.find((each) => each.kind.kind === 'TimeoutPolicy') ?? expect.fail('no TimeoutPolicy');

function timeout(name: string, targetRefs: readonly object[], spec: object, metadata: object = {}): Document {
  const value = { apiVersion: 'weft.dev/v1alpha1', kind: 'TimeoutPolicy', metadata: { namespace: 'shop', name, ...metadata }, spec: { targetRefs, ...spec } };
  const { document, diagnostics } = parseDocument(value);
  return document ?? expect.fail(JSON.stringify(diagnostics));
}

const meshOf = (documents: readonly Document[]): Mesh =>
  apply(
    emptyMesh(),
    documents.map((document) => ({ kind: 'put', document })),
  ).mesh;

const checkout = { kind: 'Service', namespace: 'shop', name: 'checkout', port: 80, portName: 'http' } as const;
const called: Subject = { service: checkout, consumer: '' };
const rule: Subject = { ...called, route: { kind: 'HTTPRoute', namespace: 'shop', name: 'r', rule: 'pay' } };

function requestOf(mesh: Mesh, subject: Subject): readonly [unknown, string, readonly string[]] {
  const field = effectiveAt(mesh, { definition: timeouts, subject, protocol: 'http', owner: {} }).fields.get('request');
  return [field?.value, field?.from.words ?? '', field?.over.map((each) => each.words) ?? []];
}

const MESH = { kind: 'Mesh', name: 'default' };
const NAMESPACE = { kind: 'Namespace', name: 'shop' };
const SERVICE = { kind: 'Service', name: 'checkout' };
const ROUTE = { kind: 'HTTPRoute', name: 'r' };

describe('what holds', () => {
  it('is the default of the mesh when nobody says anything', () => {
    expect(requestOf(meshOf([]), called)).toEqual(['15s', 'Mesh default', []]);
  });

  it('is the most specific, and everybody who was overridden is known', () => {
    const documents = [
      timeout('a', [{ ...ROUTE, sectionName: 'pay' }], { request: '1s' }),
      timeout('b', [ROUTE], { request: '2s' }),
      timeout('c', [{ ...SERVICE, sectionName: 'http' }], { request: '3s' }),
      timeout('d', [SERVICE], { request: '4s' }),
      timeout('e', [NAMESPACE], { request: '5s' }),
      timeout('f', [MESH], { request: '6s' }),
    ];
    const words = ['HTTPRoute/r "pay"', 'HTTPRoute/r', 'Service/checkout "http"', 'Service/checkout', 'Namespace/shop', 'Mesh', 'Mesh default'];
    for (const [at, value] of ['1s', '2s', '3s', '4s', '5s', '6s'].entries())
      expect(requestOf(meshOf(documents.slice(at)), rule)).toEqual([value, words[at], words.slice(at + 1)]);
  });

  it('is decided field by field', () => {
    const mesh = meshOf([timeout('a', [SERVICE], { backendRequest: '1s' }), timeout('b', [NAMESPACE], { request: '5s', backendRequest: '3s' })]);
    const { fields } = effectiveAt(mesh, { definition: timeouts, subject: called, protocol: 'http', owner: {} });
    expect([fields.get('request')?.value, fields.get('backendRequest')?.value]).toEqual(['5s', '1s']);
    expect(fields.get('backendRequest')?.from.origin).toMatchObject({ kind: 'TimeoutPolicy', name: 'a', path: 'spec.backendRequest' });
  });

  it('is the older of two that say different things of the same', () => {
    const young = timeout('a', [SERVICE], { request: '1s' }, { creationTimestamp: '2026-02-01T00:00:00Z' });
    const old = timeout('b', [SERVICE], { request: '2s' }, { creationTimestamp: '2026-01-01T00:00:00Z' });
    expect(requestOf(meshOf([young, old]), called)[0]).toBe('2s');
  });

  it('of a consumer is for that consumer alone', () => {
    const theirs = timeout('a', [{ ...SERVICE, namespace: 'shop' }], { request: '1s' }, { namespace: 'web' });
    const mesh = meshOf([theirs, timeout('b', [SERVICE], { request: '2s' })]);
    expect(requestOf(mesh, called)[0]).toBe('2s');
    expect(requestOf(mesh, { ...called, consumer: 'web' })[0]).toBe('1s');
    expect(requestOf(mesh, { ...called, consumer: 'other' })[0]).toBe('2s');
    expect([hasConsumerPolicies(mesh, checkout, 'web'), hasConsumerPolicies(mesh, checkout, 'other')]).toEqual([true, false]);
  });

  it('is not touched by policies for routes of other namespaces', () => {
    const mesh = meshOf([timeout('a', [{ ...ROUTE, namespace: 'shop' }], { request: '1s' }, { namespace: 'web' })]);
    expect(attachments(mesh, 'TimeoutPolicy', { ...rule, consumer: 'web' }).map((each) => each.policy.name)).toEqual([]);
  });

  it('is the very same value while nothing changes that it is made of', () => {
    const owner = {};
    const mesh = meshOf([timeout('a', [SERVICE], { request: '1s' })]);
    const again = apply(mesh, [{ kind: 'put', document: timeout('z', [{ kind: 'Service', name: 'other' }], { request: '9s' }) }]).mesh;
    const ask = (of: Mesh) => effectiveAt(of, { definition: timeouts, subject: called, protocol: 'http', owner });
    expect(ask(again)).toBe(ask(mesh));
  });
});
