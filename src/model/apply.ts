import { byCodeUnit, type Diagnostic } from '../base/index.ts';
import { sameContent } from './content.ts';
import { diagnostic } from './diagnostics.ts';
import type { Document, DocumentKey, Service } from './entities.ts';
import { type AddressOwner, documentOfService, ownerOf, serviceOfOwner } from './external.ts';
import { documentKey, splitDocumentKey } from './keys.ts';
import { settleMembers } from './members.ts';
import type { Mesh } from './mesh.ts';
import { commitDraft, type MeshDraft, openDraft } from './mesh-draft.ts';
import { checkDocument } from './parse.ts';
import { originOf } from './place.ts';
import { sectionOf } from './sections.ts';

export type ModelEvent = { readonly kind: 'put'; readonly document: Document } | { readonly kind: 'delete'; readonly key: DocumentKey };

/**
 * One document whose content changed. A Service whose virtual address changed because of another Service is a change too, with
 * the same document before and after.
 */
export interface Change {
  readonly key: DocumentKey;
  readonly kind: string;
  readonly before?: Document;
  readonly after?: Document;
}

/**
 * The mesh after the events, and what changed, sorted by key. Total and independent of the order of events about different
 * documents. The same object when no content changed (status, resourceVersion and weft.dev/ annotations are no content).
 * Costs what the events touch, never the size of the mesh.
 */
export function apply(mesh: Mesh, events: readonly ModelEvent[]): { readonly mesh: Mesh; readonly changes: readonly Change[] } {
  const last = new Map<DocumentKey, Document | undefined>();
  for (const event of events) {
    if (event.kind === 'put') last.set(documentKey(event.document), event.document);
    else last.set(event.key, undefined);
  }
  const touched = [...last].filter(([key, after]) => !sameContent(mesh.documents.get(key), after));
  if (touched.length === 0) return { mesh, changes: [] };
  const draft = openDraft(mesh);
  for (const [key, after] of touched) replace(draft, key, after);
  const moved = [...settleMembers(draft), ...settleAddresses(draft, mesh)];
  const changes = new Map<DocumentKey, Change>();
  for (const key of [...moved, ...touched.map(([each]) => each)]) changes.set(key, changeOf(key, mesh, draft));
  const sorted = [...changes.values()].sort((a, b) => byCodeUnit(a.key, b.key));
  return { mesh: commitDraft(draft, mesh.revision + 1), changes: sorted };
}

function changeOf(key: DocumentKey, mesh: Mesh, draft: MeshDraft): Change {
  const before = mesh.documents.get(key);
  const after = draft.documents.get(key);
  return { key, kind: splitDocumentKey(key).kind, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function replace(draft: MeshDraft, key: DocumentKey, after: Document | undefined): void {
  const section = sectionOf(draft.kinds, key);
  const before = draft.documents.get(key);
  if (before !== undefined) section.take(draft, before);
  if (after === undefined) {
    draft.documents.delete(key);
    draft.diagnostics.delete(key);
    return;
  }
  draft.documents.set(key, after);
  const { spec, diagnostics } = checkDocument(draft.kinds, after);
  say(draft, key, diagnostics);
  if (spec !== undefined) section.put(draft, after, spec);
}

function say(draft: MeshDraft, key: DocumentKey, diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) draft.diagnostics.delete(key);
  else draft.diagnostics.set(key, diagnostics);
}

const DUPLICATE_ADDRESS = 'WEFT1306';

/** Brings services and their diagnostics in line with the addresses given out; returns those whose address is not what it was. */
function settleAddresses(draft: MeshDraft, mesh: Mesh): readonly DocumentKey[] {
  const moved = new Set<DocumentKey>();
  for (const owner of draft.moved) {
    const key = serviceOfOwner(owner);
    const service = draft.services.get(key);
    const address = draft.assigned.get(owner);
    if (service === undefined || address === undefined) continue;
    draft.services.set(key, withAddress(service, owner, address));
    if (mesh.index.assigned.get(owner) !== address) moved.add(documentOfService(key));
  }
  for (const owner of new Set([...draft.moved, ...draft.displaced])) sayAddress(draft, owner);
  return [...moved];
}

function withAddress(service: Service, owner: AddressOwner, vip: string): Service {
  const whole = owner === ownerOf(service.key);
  const { external } = service;
  if (!whole && service.headless)
    return { ...service, instances: service.instances.map((each) => (owner === ownerOf(service.key, each.name) ? { ...each, vip } : each)) };
  if (external === undefined) return service.vip === vip || !whole ? service : { ...service, vip };
  const hosts = external.hosts.map((each) => ((whole && each.host === service.host) || owner === ownerOf(service.key, each.host) ? { ...each, vip } : each));
  return { ...service, vip: hosts[0]?.vip ?? vip, external: { ...external, hosts } };
}

/** Says that a Service did not get the address it asked for; only whole Services ask for one. */
function sayAddress(draft: MeshDraft, owner: AddressOwner): void {
  const service = serviceOfOwner(owner);
  if (owner !== ownerOf(service)) return;
  const key = documentOfService(service);
  const document = draft.documents.get(key);
  if (document === undefined) return;
  const before = draft.diagnostics.get(key) ?? [];
  const others = before.filter((each) => each.code !== DUPLICATE_ADDRESS);
  const wanted = draft.claims.get(owner)?.address;
  const holder = wanted === undefined ? undefined : draft.addresses.get(wanted);
  if (holder === undefined || holder === owner) {
    if (others.length !== before.length) say(draft, key, others);
    return;
  }
  const message = `${wanted} is the address of Service ${serviceOfOwner(holder)}; this service works under ${draft.assigned.get(owner)} instead`;
  say(draft, key, [...others, diagnostic(DUPLICATE_ADDRESS, originOf(document, 'spec.clusterIP'), message)]);
}
