import { describe, expect, it } from 'vitest';
import {
  allowsNamespace,
  apply,
  CORE_KINDS,
  type Document,
  emptyMesh,
  gatewayKey,
  listenerSetsOf,
  makeKinds,
  parseDocument,
  referrersOf,
  servesClass,
} from './index.ts';

const KINDS = makeKinds(CORE_KINDS);
const meta = (name: string, namespace = 'edge') => ({ name, namespace });
const api = (kind: string, name: string, spec: object) => ({ apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata: meta(name), spec });
const https = { name: 'https', port: 443, protocol: 'https', tls: { certificateRefs: [{ name: 'cert' }] } };
const gateway = (spec: object) => api('Gateway', 'edge', { gatewayClassName: 'weft', listeners: [https], ...spec });

/** `CODE path` of every diagnostic. */
const said = (value: unknown): readonly string[] => parseDocument(KINDS, value).diagnostics.map((each) => `${each.code} ${each.at.path}`);

function meshOf(values: readonly unknown[]) {
  const events = values.map((value) => {
    const { document, diagnostics } = parseDocument(KINDS, value);
    expect(diagnostics.filter((each) => each.severity === 'error')).toEqual([]);
    return { kind: 'put', document: document as Document } as const;
  });
  return apply(emptyMesh(KINDS), events).mesh;
}

describe('a Gateway', () => {
  it('keeps the rules that Kubernetes enforces', () => {
    const listeners = (...all: readonly object[]) => said(gateway({ listeners: all.map((each, at) => ({ name: `l${at}`, port: 80 + at, ...each })) }));
    expect(listeners({ protocol: 'HTTP', tls: https.tls })).toEqual(['WEFT1207 spec.listeners[0].tls']);
    expect(listeners({ protocol: 'HTTPS' })).toEqual(['WEFT1201 spec.listeners[0]']);
    expect(listeners({ protocol: 'HTTPS', tls: { mode: 'Passthrough' } })).toEqual(['WEFT1207 spec.listeners[0].tls.mode']);
    expect(listeners({ protocol: 'TLS', tls: {} })).toEqual(['WEFT1201 spec.listeners[0].tls']);
    expect(listeners({ protocol: 'TCP', hostname: 'a.example.com' })).toEqual(['WEFT1207 spec.listeners[0].hostname']);
    expect(listeners({ protocol: 'HTTP', hostname: '10.0.0.1' })).toEqual(['WEFT1204 spec.listeners[0].hostname']);
    expect(listeners({ protocol: 'HTTP', port: 80 }, { protocol: 'http', port: 80 })).toEqual(['WEFT1208 spec.listeners[1]']);
    expect(listeners({ protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'Selector' } } })).toEqual([
      'WEFT1201 spec.listeners[0].allowedRoutes.namespaces',
    ]);
    expect(said(gateway({ listeners: [] }))).toEqual(['WEFT1204 spec.listeners']);
  });

  it('says what it ignores and what it cannot do', () => {
    expect(said(gateway({ defaultScope: 'All' }))).toEqual(['WEFT1211 spec.defaultScope']);
    expect(said(gateway({ addresses: [{ value: 'x' }, { value: '::1' }] }))).toEqual(['WEFT1204 spec.addresses[0].value']);
    // Whether anything is made for it, and which addresses it can have, is for its class.
    expect(said(gateway({ addresses: [{ type: 'Hostname', value: 'a' }], infrastructure: { labels: { a: 'b' } } }))).toEqual([]);
    const { gateways } = meshOf([gateway({ addresses: [{ type: 'Hostname', value: 'a' }, { value: '10.0.0.1' }] })]);
    expect(gateways.get('edge/edge')).toMatchObject({
      addresses: ['10.0.0.1'],
      strangeAddresses: [{ type: 'Hostname', origin: { path: 'spec.addresses[0]' } }],
    });
  });

  it('is found by what it refers to, and its ListenerSets by it', () => {
    const set = (name: string) => api('ListenerSet', name, { parentRef: { name: 'edge' }, listeners: [https] });
    const mesh = meshOf([
      gateway({ tls: { frontend: { default: { validation: { caCertificateRefs: [{ kind: 'ConfigMap', name: 'ca' }] } } } } }),
      set('b'),
      set('a'),
    ]);
    expect(listenerSetsOf(mesh, gatewayKey('edge', 'edge')).map((each) => each.name)).toEqual(['a', 'b']);
    expect(referrersOf(mesh, 'Secret/edge/cert' as never)).toHaveLength(3);
    expect(referrersOf(mesh, 'ConfigMap/edge/ca' as never)).toEqual(['gateway.networking.k8s.io/Gateway/edge/edge']);
    const gone = apply(mesh, [{ kind: 'delete', key: 'gateway.networking.k8s.io/ListenerSet/edge/a' as never }]).mesh;
    expect(referrersOf(gone, 'Secret/edge/cert' as never)).toHaveLength(2);
  });
});

describe('namespaces', () => {
  it('are allowed by what a listener says', () => {
    const mesh = meshOf([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { tier: 'front' } } }]);
    const ask = (from: 'All' | 'Selector' | 'Same' | 'None', namespace: string, selector = {}) =>
      allowsNamespace(mesh, { from, selector: { matchLabels: {}, matchExpressions: [], ...selector } }, { home: 'edge', namespace });
    expect([ask('All', 'x'), ask('None', 'edge'), ask('Same', 'edge'), ask('Same', 'x')]).toEqual([true, false, true, false]);
    expect(ask('Selector', 'shop', { matchLabels: { tier: 'front' } })).toBe(true);
    expect(ask('Selector', 'other', { matchLabels: { tier: 'front' } })).toBe(false);
    expect(ask('Selector', 'other', { matchLabels: { 'kubernetes.io/metadata.name': 'other' } })).toBe(true);
    const by = (operator: string, values: readonly string[] = []) => ask('Selector', 'shop', { matchExpressions: [{ key: 'tier', operator, values }] });
    expect([by('In', ['front']), by('NotIn', ['front']), by('Exists'), by('DoesNotExist')]).toEqual([true, false, true, false]);
  });
});

describe('a Secret', () => {
  const secret = (rest: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: meta('a'), ...rest });

  it('never says what is in it', () => {
    const said = [
      secret({ data: { key: 'hunter2!' } }),
      secret({ stringData: { key: ['hunter2'] } }),
      secret({ type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'hunter2', 'tls.key': 'hunter2' } }),
    ].map((value) => parseDocument(KINDS, value).diagnostics);
    for (const diagnostics of said) {
      expect(diagnostics).toHaveLength(1);
      expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
    }
  });

  it('takes text as well as base64, and needs both halves for TLS', () => {
    expect(parseDocument(KINDS, secret({ stringData: { a: 'b' }, data: { a: 'eA==', c: 'ZA==' } })).document?.spec).toEqual({
      type: 'Opaque',
      data: { a: 'Yg==', c: 'ZA==' },
    });
    expect(said(secret({ type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x' } }))).toEqual(['WEFT1201 data']);
  });
});

it('a class named weft is there without a document, and can be given to somebody else', () => {
  const none = emptyMesh(KINDS);
  const mine = meshOf([
    api('GatewayClass', 'edge', { controllerName: 'weft.dev/controller' }),
    api('GatewayClass', 'weft', { controllerName: 'example.com/other' }),
  ]);
  expect([servesClass(none, 'weft'), servesClass(none, 'edge'), servesClass(mine, 'edge'), servesClass(mine, 'weft')]).toEqual([true, false, true, false]);
});
