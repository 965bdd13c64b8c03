// What documents there are: the kinds of the model and those of the policies, and the model's functions that need to know all of them.
import {
  CORE_KINDS,
  emptyMesh as emptyMeshOf,
  type Mesh,
  makeKinds,
  type ParsedDocument,
  type ParseOptions,
  parseDocument as parseOf,
  type SourcePlace,
} from '../model/index.ts';
import { POLICIES } from './list.ts';

export const VOCABULARY = makeKinds([...CORE_KINDS, ...POLICIES.map((policy) => policy.kind)]);
/** Every kind of document. */
export const KINDS = VOCABULARY.all;
/** A kind by `apiVersion` and name. */
export const kindOf = VOCABULARY.of;
/** A kind by its group and plural, as in REST paths. */
export const kindByPlural = VOCABULARY.byPlural;
/** A kind by what a user types. */
export const kindByWord = VOCABULARY.byWord;

/** model's parseDocument, for every kind there is. */
export function parseDocument(value: unknown, place?: SourcePlace, options: ParseOptions = {}): ParsedDocument {
  return parseOf(VOCABULARY, value, place, options);
}

/** A mesh without documents, which may be of every kind there is. */
export function emptyMesh(): Mesh {
  return emptyMeshOf(VOCABULARY);
}
