// Documents → mesh → everything one proxy holds, as the control plane puts it together. For tests of the compiler.
import { createHash } from 'node:crypto';
import type { Diagnostic } from '../../src/base/index.ts';
import {
  emitGateway,
  emitProxy,
  emitService,
  isShared,
  type ProxyPlan,
  patched,
  patchesFor,
  patchesOf,
  planGateway,
  planProxy,
  planService,
  scopeOf,
  subjectsOf,
  viewOf,
} from '../../src/compile/index.ts';
import { decodeResource, type Hash, type Resource, type ResourceType, type Version } from '../../src/envoy/index.ts';
import { apply, type Document, type Mesh, proxyIdOf, type WorkloadKey, workloadsOfNode } from '../../src/model/index.ts';
import { emptyMesh } from '../../src/policy/index.ts';
import { readDocuments } from '../../src/source/index.ts';

type Sidecar = ProxyPlan['proxy'];

export const sha256: Hash = (pieces) => {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('base64url').slice(0, 24) as Version;
};

export function documentsOf(text: string, file = 'in.yaml'): { readonly documents: readonly Document[]; readonly diagnostics: readonly Diagnostic[] } {
  const read = readDocuments([{ file, text }]);
  return { documents: read.documents.map(({ document }) => document), diagnostics: read.diagnostics };
}

export function meshOf(documents: readonly Document[]): Mesh {
  return apply(
    emptyMesh(),
    documents.map((document) => ({ kind: 'put', document }) as const),
  ).mesh;
}

/** The same documents, read again: nothing that was worked out for `mesh` can be found by them. */
export function meshAgain(mesh: Mesh): Mesh {
  return meshOf([...mesh.documents.values()]);
}

export function sidecarOf(key: string): Sidecar {
  return { id: proxyIdOf(key as WorkloadKey), role: 'sidecar', serves: [key as WorkloadKey], envoyVersion: '1.40.0' };
}

/** The proxy of a workload that has one of its own, or is a node. */
export function proxyAt(mesh: Mesh, key: string): Sidecar {
  if (mesh.workloads.get(key)?.node !== true) return sidecarOf(key);
  return { ...sidecarOf(key), role: 'node', serves: workloadsOfNode(mesh, key as WorkloadKey).map((workload) => workload.key) };
}

/** Workloads that have a proxy of their own, by key. */
export function proxiedWorkloads(mesh: Mesh): readonly string[] {
  return [...mesh.workloads.values()]
    .filter((workload) => workload.proxy !== undefined && workload.proxy.node === undefined)
    .map((workload) => workload.key)
    .sort();
}

export interface FullSet {
  readonly resources: readonly Resource[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Everything a proxy holds, secrets aside: its own, and the services of its scope, each in the proxy's view. */
export function fullSet(mesh: Mesh, proxy: Sidecar): FullSet {
  const plan = planProxy(mesh, proxy);
  const own = emitProxy(plan, sha256);
  const shared = isShared(proxy);
  const found = new Map<string, Resource>();
  const diagnostics: Diagnostic[] = [...plan.diagnostics, ...own.diagnostics];
  for (const key of proxy.serves) {
    const workload = mesh.workloads.get(key);
    if (workload === undefined) continue;
    if (workload.gateway !== undefined) {
      for (const emitted of sharedOf(mesh, proxy)) {
        diagnostics.push(...emitted.diagnostics);
        for (const resource of emitted.resources) found.set(`${resource.type} ${resource.name}`, resource);
      }
      continue;
    }
    for (const service of scopeOf(mesh, shared ? { serves: [key] } : proxy).services) {
      const emitted = emitService(planService(mesh, service, viewOf(mesh, workload, service, shared)), sha256);
      diagnostics.push(...emitted.diagnostics);
      for (const resource of emitted.resources) found.set(`${resource.type} ${resource.name}`, resource);
    }
  }
  for (const resource of own.resources) found.set(`${resource.type} ${resource.name}`, resource);
  const patches = patchesOf(mesh, proxy);
  const resources = [...found.values()].map((resource) => {
    const made = patched(resource, patchesFor(patches, resource), sha256);
    diagnostics.push(...made.findings);
    return made.resource;
  });
  return { resources, diagnostics };
}

/** What a gateway shares with the others of its Gateway, and the services behind its routes. */
function sharedOf(mesh: Mesh, proxy: Sidecar) {
  return subjectsOf(mesh, proxy).map((subject) => {
    if (subject.kind === 'service') return emitService(planService(mesh, subject.service, subject.view), sha256);
    const plan = planGateway(mesh, subject.gateway);
    return plan === undefined ? { resources: [], diagnostics: [] } : emitGateway(plan, subject.bind, sha256);
  });
}

/** The decoded resources of a type, by name. */
export function shown(resources: readonly Resource[], type: ResourceType): Readonly<Record<string, unknown>> {
  const some = resources.filter((resource) => resource.type === type).sort((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(some.map((resource) => [resource.name, decodeResource(resource)]));
}

/** `type name version` of every resource, sorted: equal lists, equal bytes. */
export function fingerprint(resources: readonly Resource[]): readonly string[] {
  return resources.map((resource) => `${resource.type} ${resource.name} ${resource.version}`).sort();
}
