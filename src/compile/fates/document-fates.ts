// Every field of every document is applied, overridden, ignored because of something, or rejected, and this says which.
import type { Diagnostic } from '../../base/index.ts';
import type { Document, DocumentKey, HttpRoute, Mesh } from '../../model/index.ts';
import { documentDiagnostics } from '../document-diagnostics.ts';
import { APPLIED, type DocumentFates, type Fate, type FieldFate, fateOf, isWithin } from './fate.ts';
import { pathsOf } from './leaves.ts';
import { configOverrides } from './mesh-fates.ts';
import { policyFates } from './policy-fates.ts';

/** What Envoy said of a document, when a proxy refused it. */
export interface Refusal {
  readonly proxy: string;
  readonly words: string;
}

export interface FateOptions {
  readonly refusal?: Refusal | undefined;
  /** What others say of the document: that its time is over. */
  readonly said?: readonly Diagnostic[];
}

/** The fates of a document's fields; without fields when it is not in the mesh. Costs the places a policy reaches, at most 200. */
export function fatesOf(mesh: Mesh, key: DocumentKey, { refusal, said: more = [] }: FateOptions = {}): DocumentFates {
  const document = mesh.documents.get(key);
  if (document === undefined) return { fields: [], places: 0, all: true };
  if (refusal !== undefined) return everything(document, { kind: 'rejected', ...refusal });
  const diagnostics = [...documentDiagnostics(mesh, key), ...more];
  const policy = mesh.policies.get(key);
  if (policy !== undefined) return policyFates(mesh, policy, diagnostics);
  const refused = (mesh.diagnostics.get(key) ?? []).find((each) => each.severity === 'error' && !WORKS.has(each.code));
  const said = refused === undefined ? [] : ([['', { kind: 'ignored', code: refused.code, reason: refused.message }]] as const);
  const unattached = unattachedFate(mesh.routes.get(key), diagnostics);
  const fates: readonly (readonly [string, Fate])[] = [
    ...diagnostics.flatMap((each) => placed(each)),
    ...said,
    ...(unattached === undefined ? [] : ([['spec.rules', unattached]] as const)),
    ...configOverrides(mesh, document),
  ];
  return { fields: pathsOf(document.spec).map((path) => fieldOf(path, fates)), places: 0, all: true };
}

/** Errors of `apply` about one field, with which the document is in force all the same. */
const WORKS: ReadonlySet<string> = new Set(['WEFT1306']);

function placed(diagnostic: Diagnostic): readonly (readonly [string, Fate])[] {
  const fate = fateOf(diagnostic);
  return fate === undefined ? [] : [[diagnostic.at.path, fate]];
}

/** The most specific thing that is said about a field. */
function fieldOf(path: string, fates: readonly (readonly [string, Fate])[]): FieldFate {
  let found: readonly [string, Fate] | undefined;
  for (const each of fates) if (isWithin(path, each[0]) && (found === undefined || each[0].length > found[0].length)) found = each;
  return { path, fate: found?.[1] ?? APPLIED, except: [] };
}

/** A route of which no parent takes it decides nothing. */
function unattachedFate(route: HttpRoute | undefined, diagnostics: readonly Diagnostic[]): Fate | undefined {
  if (route === undefined) return undefined;
  if (route.parents.length === 0) return { kind: 'ignored', code: 'WEFT1401', reason: 'the route has no parent, so no request reaches it' };
  const lost = route.parents.map((parent) => diagnostics.find((each) => each.at.path === parent.origin.path && fateOf(each) !== undefined));
  const [first] = lost;
  return first === undefined || lost.includes(undefined) ? undefined : { kind: 'ignored', code: first.code, reason: `attached to nothing: ${first.message}` };
}

function everything({ spec }: Document, fate: Fate): DocumentFates {
  return { fields: pathsOf(spec).map((path) => ({ path, fate, except: [] })), places: 0, all: true };
}
