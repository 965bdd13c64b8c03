// Compiling a Gateway anew only where `affected` names it gives what compiling everything gives; and what is said of documents is named too.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fingerprint, fullSet, meshAgain, meshOf, sha256, sidecarOf } from '../../../test/kit/compiled.ts';
import { gatewayDocuments, gatewayHistory } from '../../../test/kit/random-gateways.ts';
import type { Resource } from '../../envoy/index.ts';
import { apply, type GatewayKey, type Mesh } from '../../model/index.ts';
import {
  affected,
  backendTlsReport,
  documentDiagnostics,
  emitGateway,
  emitProxy,
  emitService,
  neighbours,
  planGateway,
  planProxy,
  planService,
  type Subject,
  subjectKey,
  subjectsOf,
} from '../index.ts';

function compiled(mesh: Mesh, subject: Subject): readonly Resource[] {
  if (subject.kind === 'service') return emitService(planService(mesh, subject.service, subject.view), sha256).resources;
  const plan = planGateway(mesh, subject.gateway);
  return plan === undefined ? [] : emitGateway(plan, subject.bind, sha256).resources;
}

/** What a control plane keeps, renewed only as told. */
class Kept {
  readonly #made = new Map<string, readonly Resource[]>();
  readonly #seen = new Map<string, readonly Subject[]>();

  join(mesh: Mesh, id: string): void {
    const subjects = subjectsOf(mesh, sidecarOf(id));
    this.#seen.set(id, subjects);
    for (const subject of subjects) if (!this.#made.has(subjectKey(subject))) this.#made.set(subjectKey(subject), compiled(mesh, subject));
  }

  update(mesh: Mesh, { services, gateways, proxies }: ReturnType<typeof affected>): void {
    const touched = (subject: Subject): boolean => (subject.kind === 'service' ? services.has(subject.service) : gateways.has(subject.gateway as GatewayKey));
    for (const subject of [...this.#seen.values()].flat()) if (touched(subject)) this.#made.set(subjectKey(subject), compiled(mesh, subject));
    for (const id of proxies === 'all' ? proxiesIn(mesh) : [...proxies]) this.join(mesh, id);
    const needed = new Set([...this.#seen.values()].flat().map(subjectKey));
    for (const key of this.#made.keys()) if (!needed.has(key)) this.#made.delete(key);
  }

  shown(mesh: Mesh, id: string): readonly string[] {
    const found = new Map<string, Resource>();
    for (const subject of this.#seen.get(id) ?? [])
      for (const resource of this.#made.get(subjectKey(subject)) ?? []) found.set(`${resource.type} ${resource.name}`, resource);
    const own = emitProxy(planProxy(mesh, sidecarOf(id)), sha256).resources;
    return fingerprint([...found.values(), ...own]);
  }
}

const proxiesIn = (mesh: Mesh): readonly string[] => [...mesh.workloads.values()].filter(({ proxy: own }) => own !== undefined).map(({ key }) => key);

test('a Gateway is compiled anew only where `affected` says so', () => {
  fc.assert(
    fc.property(gatewayDocuments, gatewayHistory, (list, steps) => {
      let mesh = meshOf(list);
      const kept = new Kept();
      for (const id of proxiesIn(mesh)) kept.join(mesh, id);
      for (const events of steps) {
        const { mesh: next, changes } = apply(mesh, events);
        kept.update(next, affected(mesh, next, changes));
        const again = meshAgain(next);
        for (const id of proxiesIn(next)) expect(kept.shown(next, id)).toEqual(fingerprint(fullSet(again, sidecarOf(id)).resources));
        mesh = next;
      }
    }),
    { numRuns: Number(process.env['WEFT_RUNS'] ?? 60) },
  );
}, 60_000);

test('what is said of Gateways, their ListenerSets and routes changes only where `neighbours` says so', () => {
  const said = (mesh: Mesh) =>
    new Map([...mesh.documents.keys()].map((key) => [key, JSON.stringify([documentDiagnostics(mesh, key as never), backendTlsReport(mesh, key as never)])]));
  fc.assert(
    fc.property(gatewayDocuments, gatewayHistory, (list, steps) => {
      let mesh = meshOf(list);
      for (const events of steps) {
        const { mesh: next, changes } = apply(mesh, events);
        const named = new Set([...neighbours(mesh, next, changes), ...changes.map(({ key }) => key)]);
        const [before, after] = [said(mesh), said(meshAgain(next))];
        for (const [key, text] of after) if (before.get(key) !== text) expect([...named]).toContain(key);
        mesh = next;
      }
    }),
    { numRuns: Number(process.env['WEFT_RUNS'] ?? 60) },
  );
}, 60_000);
