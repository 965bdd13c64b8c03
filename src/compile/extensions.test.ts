// Programs and patches among other documents, in any history: what `affected` names is enough, and their order never matters.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256, sidecarOf } from '../../test/kit/compiled.ts';
import type { Resource } from '../envoy/index.ts';
import { apply, type Document, documentKey, type Mesh, type ModelEvent, type ProxyId } from '../model/index.ts';
import { emptyMesh, parseDocument } from '../policy/index.ts';
import { affected, emitProxy, emitService, patchesOf, planProxy, planService, type Subject, subjectKey, subjectsOf } from './index.ts';

function document(kind: string, name: string, spec: object, more: { readonly apiVersion?: string; readonly labels?: object } = {}): Document {
  const { apiVersion = 'weft.dev/v1alpha1', labels = {} } = more;
  const parsed = parseDocument({ apiVersion, kind, metadata: { namespace: 'a', name, labels }, spec });
  return parsed.document ?? expect.fail(JSON.stringify(parsed.diagnostics));
}

const name = fc.constantFrom('s1', 's2', 's3');
const service = fc
  .tuple(name, fc.constantFrom('x', 'y'), fc.constantFrom('http', 'grpc'))
  .map(([called, app, appProtocol]) =>
    document('Service', called, { selector: { app }, ports: [{ name: 'p', port: 80, targetPort: 8080, appProtocol }] }, { apiVersion: 'v1' }),
  );
const workload = fc.tuple(fc.constantFrom('w1', 'w2'), fc.constantFrom('x', 'y')).map(([called, app]) => {
  const proxy = { capture: { mode: 'netns', netns: '/run/netns/a', resolvers: [] }, bind: '127.0.0.1' };
  const spec = { serviceAccount: app, address: '127.0.0.1', ports: [{ name: 'p', port: 8080, proxyPort: 20080 }], proxy };
  return document('Workload', called, spec, { labels: { app } });
});
const route = fc.tuple(fc.constantFrom('r1', 'r2'), name).map(([called, parent]) => {
  const spec = { parentRefs: [{ group: '', kind: 'Service', name: parent }], rules: [{ name: 'one', backendRefs: [{ name: parent, port: 80 }] }] };
  return document('HTTPRoute', called, spec, { apiVersion: 'gateway.networking.k8s.io/v1' });
});
const scope = fc.tuple(fc.constantFrom('x', 'y'), name).map(([app, host]) => document('Scope', `scope-${app}`, { selector: { app }, services: [host] }));

const arriving = fc.oneof(
  name.map((called) => ({ targetRefs: [{ kind: 'Service', name: called }] })),
  fc.constantFrom({ targetRefs: [{ kind: 'Namespace', name: 'a' }] }, { targetRefs: [{ kind: 'Mesh', name: 'default' }] }, { selector: { app: 'x' } }),
);
const leaving = fc.constantFrom('r1', 'r2').map((called) => ({ targetRefs: [{ kind: 'HTTPRoute', name: called }] }));
const lua = fc.constantFrom('one', 'two').map((word) => ({ lua: { inline: `function envoy_on_request(handle) handle:logInfo("${word}") end` } }));
const processor = name.map((called) => ({ extProc: { service: { name: called, port: 80 } } }));
const called = fc.constantFrom('e1', 'e2');
const extension = fc.oneof(
  fc.tuple(called, fc.oneof(arriving, leaving), fc.oneof(lua, processor)).map(([at, where, what]) => document('ExtensionPolicy', at, { ...where, ...what })),
  fc.tuple(called, arriving).map(([at, where]) => document('ExtensionPolicy', at, { ...where, wasm: { module: { inline: 'AGFzbQEAAAA=' } } })),
);
const patch = fc.tuple(called, arriving, fc.constantFrom('1s', '2s')).map(([at, where, value]) => {
  const operations = [{ op: 'replace', path: '/connect_timeout', value }];
  return document('ProxyPatch', at, { ...where, patches: [{ resource: { type: 'cluster', nameGlob: '*' }, operations }] });
});
const anyDocument = fc.oneof(service, workload, route, scope, extension, extension, patch);

const shown = (resources: readonly Resource[]): readonly string[] => resources.map(({ type, name: of, version }) => `${type} ${of} ${version}`).sort();
const bytesOf = (mesh: Mesh, subject: Subject): readonly Resource[] =>
  subject.kind === 'service' ? emitService(planService(mesh, subject.service, subject.view), sha256).resources : [];

interface Proxied {
  readonly own: readonly Resource[];
  readonly subjects: readonly Subject[];
  readonly patches: readonly string[];
}

function proxyOf(mesh: Mesh, key: string): Proxied {
  const proxy = sidecarOf(key);
  const patches = patchesOf(mesh, proxy).map(({ key: of, policy }) => `${of} ${JSON.stringify(policy.spec)}`);
  return { own: emitProxy(planProxy(mesh, proxy), sha256).resources, subjects: subjectsOf(mesh, proxy), patches };
}

/** As a control plane keeps it: compiled anew only where something was named. */
class Kept {
  readonly #proxies = new Map<string, Proxied>();
  readonly #services = new Map<string, readonly Resource[]>();

  update(mesh: Mesh, named: ReturnType<typeof affected>): void {
    for (const { subjects } of this.#proxies.values())
      for (const subject of subjects)
        if (subject.kind === 'service' && named.services.has(subject.service)) this.#services.set(subjectKey(subject), bytesOf(mesh, subject));
    for (const key of mesh.workloads.keys()) {
      if (named.proxies !== 'all' && !named.proxies.has(key as ProxyId) && this.#proxies.has(key)) continue;
      const proxy = proxyOf(mesh, key);
      this.#proxies.set(key, proxy);
      for (const subject of proxy.subjects) if (!this.#services.has(subjectKey(subject))) this.#services.set(subjectKey(subject), bytesOf(mesh, subject));
    }
    // Who is gone uses nothing: what only it had is not kept up to date any more.
    for (const key of this.#proxies.keys()) if (!mesh.workloads.has(key)) this.#proxies.delete(key);
    const used = new Set([...this.#proxies.values()].flatMap(({ subjects }) => subjects.map(subjectKey)));
    for (const id of this.#services.keys()) if (!used.has(id)) this.#services.delete(id);
  }

  all(): unknown {
    const entries = [...this.#proxies].map(([key, { own, subjects, patches }]) => {
      const shared = subjects.flatMap((subject) => this.#services.get(subjectKey(subject)) ?? []);
      return [key, shown([...own, ...shared]), patches] as const;
    });
    return entries.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

function anew(mesh: Mesh): unknown {
  const entries = [...mesh.workloads.keys()].map((key) => {
    const { own, subjects, patches } = proxyOf(mesh, key);
    return [key, shown([...own, ...subjects.flatMap((subject) => bytesOf(mesh, subject))]), patches] as const;
  });
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

const put = (each: Document): ModelEvent => ({ kind: 'put', document: each });
const meshOf = (list: readonly Document[]): Mesh => apply(emptyMesh(), list.map(put)).mesh;

test('any history of programs and patches is compiled anew only where `affected` says so', () => {
  const event = fc.oneof(
    { weight: 3, arbitrary: anyDocument.map(put) },
    { weight: 1, arbitrary: anyDocument.map((each): ModelEvent => ({ kind: 'delete', key: documentKey(each) })) },
  );
  fc.assert(
    fc.property(fc.array(anyDocument, { maxLength: 14 }), fc.array(event, { minLength: 1, maxLength: 8 }), (list, history) => {
      let mesh = meshOf(list);
      const kept = new Kept();
      kept.update(mesh, { services: new Map(), gateways: new Set(), proxies: 'all' });
      for (const one of history) {
        const { mesh: next, changes } = apply(mesh, [one]);
        kept.update(next, affected(mesh, next, changes));
        expect(kept.all()).toEqual(anew(next));
        mesh = next;
      }
    }),
    { numRuns: Number(process.env['WEFT_RUNS'] ?? 60) },
  );
}, 60_000);

test('the order of documents changes no byte', () => {
  fc.assert(
    fc.property(fc.uniqueArray(anyDocument, { maxLength: 14, selector: documentKey }), (list) => {
      expect(anew(meshOf(list.toReversed()))).toEqual(anew(meshOf(list)));
    }),
    { numRuns: 30 },
  );
}, 60_000);
