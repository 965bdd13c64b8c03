// What must hold for every mesh, on random ones: small name spaces, so that documents really meet.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fingerprint, fullSet, meshAgain, meshOf, proxiedWorkloads, proxyAt, sha256, sidecarOf } from '../../test/kit/compiled.ts';
import { CompiledCache } from '../../test/kit/compiled-cache.ts';
import { dangling } from '../../test/kit/dangling.ts';
import { anyDocument, document, documents, service } from '../../test/kit/random-documents/index.ts';
import { apply, type DocumentKey, documentKey, type Mesh, type ModelEvent, type ServiceKey } from '../model/index.ts';
import { emptyMesh } from '../policy/index.ts';
import { affected, documentDiagnostics, emitService, explain, neighbours, planService } from './index.ts';

function everything(mesh: Mesh): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(proxiedWorkloads(mesh).map((key) => [key, fingerprint(fullSet(mesh, proxyAt(mesh, key)).resources)]));
}

describe('every mesh', () => {
  test('gives the same bytes, whatever the order of its documents', () => {
    fc.assert(
      fc.property(documents, fc.infiniteStream(fc.nat()), (list, random) => {
        const shuffled = list.map((each) => ({ each, at: random.next().value as number })).sort((a, b) => a.at - b.at);
        expect(everything(meshOf(shuffled.map(({ each }) => each)))).toEqual(everything(meshOf(list)));
      }),
      { numRuns: 30 },
    );
  });

  test('keeps a service as it is when another one changes', () => {
    fc.assert(
      fc.property(documents, service, (list, other) => {
        const mesh = meshOf(list);
        const next = apply(mesh, [
          {
            kind: 'put',
            document: { ...other, metadata: { ...other.metadata, name: 'unrelated', namespace: 'a' }, spec: { ...other.spec, selector: { app: 'unrelated' } } },
          },
        ]).mesh;
        for (const key of mesh.services.keys()) expect(serviceBytes(next, key as ServiceKey)).toEqual(serviceBytes(mesh, key as ServiceKey));
      }),
      { numRuns: 40 },
    );
  });

  test('refers to nothing that is not there', () => {
    fc.assert(
      fc.property(documents, (list) => {
        const mesh = meshOf(list);
        for (const key of proxiedWorkloads(mesh)) {
          const { resources, diagnostics } = fullSet(mesh, proxyAt(mesh, key));
          expect(diagnostics.filter((one) => one.code.startsWith('WEFT150') && one.code !== 'WEFT1505')).toEqual([]);
          expect(dangling(resources)).toEqual([]);
        }
      }),
      { numRuns: Number(process.env['WEFT_RUNS'] ?? 15) },
    );
  });

  test('is compiled anew only where `affected` says so', () => {
    const event: fc.Arbitrary<ModelEvent> = fc.oneof(
      { weight: 4, arbitrary: anyDocument.map((each) => ({ kind: 'put', document: each }) as const) },
      { weight: 1, arbitrary: anyDocument.map((each) => ({ kind: 'delete', key: documentKey(each) }) as const) },
    );
    fc.assert(
      fc.property(documents, fc.array(fc.array(event, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 }), (list, history) => {
        let mesh = meshOf(list);
        const cache = new CompiledCache();
        cache.fill(mesh);
        for (const events of history) {
          const { mesh: next, changes } = apply(mesh, events);
          cache.update(mesh, next, affected(mesh, next, changes));
          expect(cache.shown(next)).toEqual(everything(meshAgain(next)));
          mesh = next;
        }
      }),
      { numRuns: Number(process.env['WEFT_RUNS'] ?? 40) },
    );
  }, 60_000);
});

test('every mesh: what is said of a document changes only with it, or where `neighbours` says so', () => {
  fc.assert(
    fc.property(fc.array(anyDocument, { maxLength: 12 }), fc.array(fc.tuple(anyDocument, fc.boolean()), { maxLength: 8 }), (documents, history) => {
      let mesh = meshOf(documents);
      for (const [it, gone] of history) {
        const event: ModelEvent = gone ? { kind: 'delete', key: documentKey(it) } : { kind: 'put', document: it };
        const { mesh: next, changes } = apply(mesh, [event]);
        const named = new Set([...changes.map((change) => change.key), ...neighbours(mesh, next, changes)]);
        const again = meshAgain(next);
        for (const key of next.documents.keys() as Iterable<DocumentKey>) {
          if (!named.has(key)) expect(documentDiagnostics(again, key), key).toEqual(documentDiagnostics(mesh, key));
        }
        mesh = next;
      }
    }),
    { numRuns: Number(process.env['WEFT_RUNS'] ?? 40) * 3 },
  );
});

test('regression: an authorizer that is not there is asked in vain, at a cluster that is', () => {
  const web = document(
    'weft.dev/v1alpha1',
    'Workload',
    { namespace: 'a', name: 'w1', labels: { app: 'x' } },
    { address: '10.0.0.1', ports: [{ port: 8080, proxyPort: 20001 }], proxy: { capture: { mode: 'none' } } },
  );
  const served = document(
    'v1',
    'Service',
    { namespace: 'a', name: 's1' },
    { selector: { app: 'x' }, ports: [{ port: 80, targetPort: 8080, appProtocol: 'http' }] },
  );
  const asks = document(
    'weft.dev/v1alpha1',
    'ExternalAuthorizationPolicy',
    { namespace: 'a', name: 'p1' },
    {
      targetRefs: [{ kind: 'Namespace', name: 'a' }],
      protocol: 'HTTP',
      service: { kind: 'ExternalService', name: 'e1', port: 443 },
    },
  );
  const { resources } = fullSet(meshOf([web, served, asks]), sidecarOf('a/w1'));
  expect(dangling(resources)).toEqual([]);
});

test('regression: a consumer route of a service that is only a backend in scope names the proxies of its namespace', () => {
  const http = (ns: string, own: string) =>
    document('v1', 'Service', { namespace: ns, name: own }, { selector: { app: 'x' }, ports: [{ port: 80, appProtocol: 'http' }] });
  const to = (ns: string, own: string, parent: string, backend: string) => {
    const [parentNamespace, parentName] = parent.split('/');
    const [backendNamespace, backendName] = backend.split('/');
    return document(
      'gateway.networking.k8s.io/v1',
      'HTTPRoute',
      { namespace: ns, name: own },
      {
        parentRefs: [{ group: '', kind: 'Service', namespace: parentNamespace, name: parentName }],
        rules: [{ backendRefs: [{ namespace: backendNamespace, name: backendName, port: 80 }] }],
      },
    );
  };
  const caller = document('weft.dev/v1alpha1', 'Workload', { namespace: 'a', name: 'w1' }, { address: '10.0.0.1', proxy: { capture: { mode: 'none' } } });
  const only = document('weft.dev/v1alpha1', 'Scope', { namespace: 'a', name: 'c1' }, { services: ['s2'] });
  const mesh = meshOf([http('a', 's2'), http('b', 's1'), to('a', 'r1', 'a/s2', 'b/s1'), caller, only]);
  const { mesh: next, changes } = apply(mesh, [{ kind: 'put', document: to('a', 'r2', 'b/s1', 'b/s1') }]);
  expect(affected(mesh, next, changes).proxies).toEqual(new Set(['a/w1']));
});

function serviceBytes(mesh: Mesh, key: ServiceKey): readonly string[] {
  const view = {
    key: '',
    relayDirectory: '',
    hostLoopback: '',
    consumerNamespace: '',
    connectionNamespace: '',
    gateway: '' as const,
    identity: '',
    zone: '',
    node: '',
    sources: [],
  };
  return fingerprint(emitService(planService(mesh, key, view), sha256).resources);
}

describe('whatever a user writes', () => {
  test('nothing throws', () => {
    const spoiled = fc.tuple(
      anyDocument,
      fc.constantFrom('ports', 'rules', 'parentRefs', 'selector', 'services', 'proxy', 'address', 'traffic'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(documents, fc.array(spoiled, { maxLength: 4 }), fc.string(), (list, bad, text) => {
        const events = [...list, ...bad.map(([each, field, value]) => ({ ...each, spec: { ...each.spec, [field]: value } }))].map(
          (each) => ({ kind: 'put', document: each }) as const,
        );
        const { mesh } = apply(emptyMesh(), events);
        for (const key of mesh.documents.keys()) documentDiagnostics(mesh, key as DocumentKey);
        for (const key of proxiedWorkloads(mesh)) fullSet(mesh, proxyAt(mesh, key));
        explain(mesh, { from: 'a/w1', to: 's1', method: 'GET', path: `/${text}`, headers: { 'x-a': text } });
        explain(mesh, { from: text, to: text, method: text, path: text, headers: {} });
      }),
      { numRuns: 50 },
    );
  });
});

test('regression: a Subset that comes before its Service is not said to be missing', () => {
  const called = document('v1', 'Service', { namespace: 'a', name: 's1' }, { selector: { app: 'x' }, ports: [{ port: 80, appProtocol: 'http' }] });
  const caller = document('weft.dev/v1alpha1', 'Workload', { namespace: 'a', name: 'w1' }, { address: '10.0.0.1', proxy: { capture: { mode: 'none' } } });
  const route = document(
    'gateway.networking.k8s.io/v1',
    'HTTPRoute',
    { namespace: 'a', name: 'r1' },
    { parentRefs: [{ group: '', kind: 'Service', name: 's1' }], rules: [{ backendRefs: [{ group: 'weft.dev', kind: 'Subset', name: 'v2', port: 80 }] }] },
  );
  const subset = document('weft.dev/v1alpha1', 'Subset', { namespace: 'a', name: 'v2' }, { service: 's2', selector: { version: 'v2' } });
  const before = meshOf([called, caller, route]);
  everything(before);
  const after = apply(before, [{ kind: 'put', document: subset }]).mesh;
  expect(everything(after)).toEqual(everything(meshAgain(after)));
});
