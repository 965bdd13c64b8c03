// Whatever happens, only documents that `neighbours` names have something else said about them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meshOf } from '../../test/kit/compiled.ts';
import { apply, type Document, documentKey, type ModelEvent } from '../model/index.ts';
import { parseDocument } from '../policy/index.ts';
import { documentDiagnostics, neighbours } from './index.ts';

const WEFT = 'weft.dev/v1alpha1';

function document(apiVersion: string, kind: string, metadata: object, spec: object): Document {
  const parsed = parseDocument({ apiVersion, kind, metadata: { namespace: 'a', ...metadata }, spec });
  return parsed.document ?? expect.fail(JSON.stringify(parsed.diagnostics));
}

const app = fc.constantFrom('x', 'y');
const service = fc.tuple(fc.constantFrom('s1', 's2', 's3'), app, fc.constantFrom(8080, 8081));
const services = service.map(([name, of, targetPort]) =>
  document('v1', 'Service', { name }, { selector: { app: of }, ports: [{ name: 'p', port: 80, targetPort, appProtocol: 'http' }] }),
);
const workloads = fc.tuple(fc.constantFrom('w1', 'w2'), app, fc.constantFrom('relay', 'netns')).map(([name, of, mode]) => {
  const capture = mode === 'relay' ? { mode, directory: '/r' } : { mode, netns: '/n' };
  const ports = [8080, 8081].map((port) => ({ port, proxyPort: port + 12_000 }));
  return document(WEFT, 'Workload', { name, labels: { app: of } }, { address: '10.0.0.1', ports, proxy: { capture } });
});
const outside = fc
  .boolean()
  .map((tls) => document(WEFT, 'ExternalService', { name: 'o' }, { hosts: ['o.example'], ports: [{ port: 80 }], ...(tls ? { tls: {} } : {}) }));
const where = fc.oneof(
  fc.constantFrom('s1', 's2', 's3').map((name) => ({ targetRefs: [{ kind: 'Service', name }] })),
  fc.constantFrom({ targetRefs: [{ kind: 'Namespace', name: 'a' }] }, { selector: { app: 'x' } }),
);
const what = fc.constantFrom(
  ['FaultPolicy', { until: '2030-12-01T16:00:00Z', faults: [{ abort: { status: 503 } }] }] as const,
  ['RateLimitPolicy', { limits: [{ name: 'l', requests: 1 }] }] as const,
  ['ExtensionPolicy', { wasm: { module: { inline: 'AGFzbQEAAAA=' } } }] as const,
  ['AuthorizationPolicy', { rules: [{ to: [{ operation: { ports: [8081, 90], methods: ['GET'] } }] }] }] as const,
  ['AuthorizationPolicy', { action: 'DENY', rules: [{ from: [{ source: { namespaces: ['a'] } }] }] }] as const,
  ['ExtensionPolicy', { extProc: { service: { name: 's3', port: 80 } } }] as const,
);
const policies = fc.tuple(fc.constantFrom('p1', 'p2', 'p3'), where, what).map(([name, at, [kind, spec]]) => document(WEFT, kind, { name }, { ...at, ...spec }));
const anyDocument = fc.oneof(services, workloads, outside, policies, policies);

test('what is said of policies and servers outside is said anew when it changes', () => {
  const put = (each: Document): ModelEvent => ({ kind: 'put', document: each });
  const event = fc.oneof(
    anyDocument.map(put),
    anyDocument.map((each): ModelEvent => ({ kind: 'delete', key: documentKey(each) })),
  );
  fc.assert(
    fc.property(fc.array(anyDocument, { maxLength: 12 }), fc.array(event, { minLength: 1, maxLength: 6 }), (list, history) => {
      let mesh = meshOf(list);
      for (const one of history) {
        const { mesh: next, changes } = apply(mesh, [one]);
        const named = new Set([...neighbours(mesh, next, changes), ...changes.map(({ key }) => key)]);
        for (const each of next.documents.values()) {
          const of = documentKey(each);
          if (!named.has(of)) expect(documentDiagnostics(next, of)).toEqual(documentDiagnostics(mesh, of));
        }
        mesh = next;
      }
    }),
    { numRuns: 300 },
  );
}, 60_000);
