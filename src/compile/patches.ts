// ProxyPatch: what is made of a resource after everything else. Which documents patch a proxy, in which order, and one resource with all of
// them done. A patched resource has the same name and other bytes, and belongs to the proxy (control lays it over the shared ones).
import type { Diagnostic } from '../base/index.ts';
import type { Hash, Resource } from '../envoy/index.ts';
import {
  byAge,
  type DocumentKey,
  type Mesh,
  originsOf,
  type Policy,
  policiesAt,
  policyPlace,
  SELECTED,
  selects,
  servicesOfWorkload,
  type Workload,
} from '../model/index.ts';
import { applyEntry, type PatchEntry, PROXY_PATCH, type ProxyPatchSpec } from '../policy/index.ts';
import { globMatches } from './glob.ts';
import type { ProxyPlan } from './plan.ts';

/** A ProxyPatch as it is applied; the same value for the same document. */
export interface PatchDocument {
  readonly key: DocumentKey;
  readonly policy: Policy;
  readonly entries: readonly PatchEntry[];
}

const DOCUMENTS = new WeakMap<Policy, PatchDocument>();

/** The policy as a patch. */
export function patchDocument(mesh: Mesh, policy: Policy): PatchDocument {
  const known = DOCUMENTS.get(policy);
  if (known !== undefined) return known;
  const document = mesh.documents.get(policy.key);
  const at = document === undefined ? (path: string) => ({ ...policy.origin, path }) : originsOf(document);
  const { patches, unsafe = false } = policy.spec as unknown as ProxyPatchSpec;
  const entries = patches.map((patch, index) => ({ patch, unsafe, path: `spec.patches[${index}]`, at }));
  const made = { key: policy.key, policy, entries };
  DOCUMENTS.set(policy, made);
  return made;
}

/** Documents that patch the proxy, the oldest first, then by namespace and name. */
export function patchesOf(mesh: Mesh, { serves, role }: ProxyPlan['proxy']): readonly PatchDocument[] {
  if (mesh.policies.size === 0) return NONE;
  if (role === 'node') return patchesOfAll(mesh).map((policy) => patchDocument(mesh, policy));
  const found = new Set<Policy>();
  for (const key of serves) {
    const workload = mesh.workloads.get(key);
    if (workload !== undefined) for (const policy of policiesOn(mesh, workload)) found.add(policy);
  }
  return found.size === 0 ? NONE : [...found].sort(byAge).map((policy) => patchDocument(mesh, policy));
}

const NONE: readonly PatchDocument[] = [];

const patchesAt = (mesh: Mesh, place: string): readonly Policy[] => policiesAt(mesh, place).filter((policy) => policy.kind === PROXY_PATCH);

/** Those for every proxy of the mesh: a node has nothing that is one workload's alone to change. */
function patchesOfAll(mesh: Mesh): readonly Policy[] {
  return [...patchesAt(mesh, policyPlace('Mesh', '', 'default'))].sort(byAge);
}

/** Patches that are meant for a workload, and not applied because a node serves it with others. */
export function patchesLeftOut(mesh: Mesh, workload: Workload): readonly Policy[] {
  if (mesh.policies.size === 0) return [];
  const applied = new Set(patchesOfAll(mesh));
  return policiesOn(mesh, workload).filter((policy) => !applied.has(policy));
}

function policiesOn(mesh: Mesh, workload: Workload): readonly Policy[] {
  const { namespace, labels, gateway } = workload;
  const at = (place: string): readonly Policy[] => patchesAt(mesh, place);
  const own = [
    policyPlace('Namespace', '', namespace),
    ...servicesOfWorkload(mesh, workload).map((service) => policyPlace('Service', service.namespace, service.name)),
    ...(gateway === undefined ? [] : [`Gateway/${gateway}`]),
  ].flatMap(at);
  const selected = at(policyPlace(SELECTED, namespace, '')).filter(({ selector }) => selector !== undefined && selects(selector, labels));
  return [...at(policyPlace('Mesh', '', 'default')), ...own.filter((policy) => policy.namespace === namespace), ...selected];
}

/** Whether an entry is for the resource. */
export function isFor({ patch }: PatchEntry, { type, name }: { readonly type: string; readonly name: string }): boolean {
  const { resource } = patch;
  if (resource.type !== type) return false;
  return resource.name === undefined ? globMatches(resource.nameGlob ?? '', name) : resource.name === name;
}

/** The documents that have something to say about a resource, in the order given. */
export function patchesFor(documents: readonly PatchDocument[], resource: { readonly type: string; readonly name: string }): readonly PatchDocument[] {
  return documents.filter((document) => document.entries.some((entry) => isFor(entry, resource)));
}

export interface Patched {
  /** The resource itself where nothing could be done. */
  readonly resource: Resource;
  /** Why a document could not be applied to it. Of such a document nothing is. */
  readonly findings: readonly Diagnostic[];
}

interface Kept {
  readonly documents: readonly PatchDocument[];
  readonly patched: Patched;
}

const KEPT = new WeakMap<Resource, Kept[]>();

/** A resource with all patches done, each document whole or not at all. Kept with the resource: proxies with equal patches share it. */
export function patched(base: Resource, documents: readonly PatchDocument[], hash: Hash): Patched {
  const kept = KEPT.get(base) ?? [];
  const known = kept.find((each) => each.documents.length === documents.length && each.documents.every((one, at) => one === documents[at]));
  if (known !== undefined) return known.patched;
  let resource = base;
  const findings: Diagnostic[] = [];
  for (const document of documents) {
    const next = applied(resource, document, hash);
    resource = next.resource;
    findings.push(...next.findings);
  }
  const made = { resource, findings };
  KEPT.set(base, [...kept.slice(-7), { documents, patched: made }]);
  return made;
}

function applied(base: Resource, { entries }: PatchDocument, hash: Hash): Patched {
  let resource = base;
  for (const entry of entries) {
    if (!isFor(entry, base)) continue;
    const next = applyEntry(resource, entry, hash);
    if (!next.ok) return { resource: base, findings: [next.error] };
    resource = next.value;
  }
  return { resource, findings: [] };
}
