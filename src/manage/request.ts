// What a Kubernetes-shaped request asks for, read from its path and query (as Kubernetes' RequestInfo).
import { type Document, type DocumentKey, type KindDefinition, makeDocumentKey } from '../model/index.ts';
import { KINDS, kindByPlural } from '../policy/index.ts';
import { manageError } from './errors.ts';
import type { IncludeObject } from './table.ts';

export interface ResourceRequest {
  readonly kind: KindDefinition;
  /** '' = all namespaces, or a kind without. */
  readonly namespace: string;
  /** Undefined = the collection. */
  readonly name: string | undefined;
  readonly status: boolean;
}

const unknownPath = (path: string): Error =>
  manageError('not-found', `the server could not find the requested resource ${path}; \`weft get --help\` and /apis list the kinds there are`);

function step(text: string, path: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw unknownPath(path);
  }
}

/** Group, version and the rest of `/api/v1/…` or `/apis/GROUP/VERSION/…`. */
function split(path: string): { readonly group: string; readonly version: string; readonly rest: readonly string[] } {
  const steps = path
    .split('/')
    .slice(1)
    .map((text) => step(text, path));
  if (steps[0] === 'api') return { group: '', version: steps[1] ?? '', rest: steps.slice(2) };
  return { group: steps[1] ?? '', version: steps[2] ?? '', rest: steps.slice(3) };
}

/** `path`: without query. Throws `not-found` for what is no resource of a known kind. */
export function readResourceRequest(path: string): ResourceRequest {
  const { group, version, rest } = split(path);
  // `namespaces/NAME/PLURAL…` is inside of a namespace, `namespaces`, `namespaces/NAME` and `…/status` are Namespaces themselves.
  const inside = rest[0] === 'namespaces' && rest.length >= 3 && !(rest.length === 3 && rest[2] === 'status' && group === '');
  const [plural = '', name, subresource, ...more] = inside ? rest.slice(2) : rest;
  const kind = kindByPlural(group, plural);
  const fits = kind !== undefined && kind.version === version && more.length === 0 && (subresource === undefined || subresource === 'status');
  if (!fits || (inside && !kind.namespaced) || (!inside && kind.namespaced && name !== undefined)) throw unknownPath(path);
  return { kind, namespace: inside ? (rest[1] ?? '') : '', name, status: subresource === 'status' };
}

/** What a path of Kubernetes' shape leads to. Read once for each request: who may ask and what is answered rest on the same reading. */
export type KubeTarget = { readonly kind: 'discovery'; readonly path: string } | { readonly kind: 'resource'; readonly resource: ResourceRequest };

/** `path`: without query. Only paths that are literally those of discovery are; everything else is a resource or `not-found`. */
export function readTarget(path: string): KubeTarget {
  const trimmed = path.replace(/\/+$/, '');
  const steps = trimmed.slice(1).split('/');
  const [root = ''] = steps;
  const discovery = root === 'openapi' || root === 'version' || (root === 'api' && steps.length <= 2) || (root === 'apis' && steps.length <= 3);
  return discovery ? { kind: 'discovery', path: trimmed } : { kind: 'resource', resource: readResourceRequest(trimmed) };
}

export function keyOf(request: ResourceRequest, name: string): DocumentKey {
  return makeDocumentKey(request.kind.group, request.kind.kind, request.namespace, name);
}

/** The kind as the store names it. */
export function storeKind(kind: KindDefinition): string {
  return kind.group === '' ? kind.kind : `${kind.group}/${kind.kind}`;
}

export function kindOfDocument(document: Document): KindDefinition | undefined {
  return KINDS.find((kind) => kind.apiVersion === document.apiVersion && kind.kind === document.kind);
}

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export function one(query: Query, name: string): string | undefined {
  const value = query[name];
  return typeof value === 'string' ? value : value?.[0];
}

/** `1`, `true` and a bare name are true, as Kubernetes reads booleans. */
export function flag(query: Query, name: string): boolean {
  const value = one(query, name);
  return value !== undefined && value !== '0' && value !== 'false';
}

/** A whole number from 0; undefined when it is not given. Throws `bad-request`. */
export function count(query: Query, name: string): number | undefined {
  const value = one(query, name);
  if (value === undefined || value === '') return undefined;
  if (!/^\d{1,15}$/.test(value)) throw manageError('bad-request', `${name} must be a whole number, not "${value}"`);
  return Number(value);
}

/** `dryRun=All`. Throws `bad-request` on any other value. */
export function dryRun(query: Query): boolean {
  const value = one(query, 'dryRun');
  if (value === undefined || value === '') return false;
  if (value !== 'All') throw manageError('bad-request', `dryRun must be "All", not "${value}"`);
  return true;
}

export type OutputForm = { readonly as: 'object' } | { readonly as: 'metadata' } | { readonly as: 'table'; readonly include: IncludeObject };

/** The form asked for by `Accept`: the first that is known here. */
export function outputForm(accept: string | undefined, query: Query): OutputForm {
  for (const choice of (accept ?? '').split(',')) {
    const as = /;\s*as=(\w+)/.exec(choice)?.[1];
    if (as === 'Table') {
      const include = one(query, 'includeObject');
      return { as: 'table', include: include === 'None' || include === 'Object' ? include : 'Metadata' };
    }
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { as: 'metadata' };
    if (/^\s*(application\/json|\*\/\*|application\/\*)\s*(;|$)/.test(choice) && as === undefined) return { as: 'object' };
  }
  return { as: 'object' };
}
