// One patch on one resource: all of its operations, or none of them with the reason why.
import { applyPatch, type Operation } from 'rfc6902';
import { type Diagnostic, err, type Origin, ok, type Result } from '../../base/index.ts';
import { type Hash, type JsonValue, type Resource, resourceJson, resourceOfJson } from '../../envoy/index.ts';
import { diagnostic } from '../../model/index.ts';
import { touchedBy } from './guard.ts';
import { plainPointer } from './pointer.ts';
import type { ResourcePatch } from './schema.ts';

/** One entry of a document's `patches`, with where it stands. */
export interface PatchEntry {
  readonly patch: ResourcePatch;
  readonly unsafe: boolean;
  /** `spec.patches[2]`. */
  readonly path: string;
  readonly at: (path: string) => Origin;
}

/** The resource as the patch makes it; its origins are those of the resource and the patch. Pure, never throws. */
export function applyEntry(base: Resource, entry: PatchEntry, hash: Hash): Result<Resource, Diagnostic> {
  const { path, at, patch, unsafe } = entry;
  const before = resourceJson(base);
  const after = operated(before, entry);
  if (!after.ok) return after;
  const json = after.value;
  const place = `${base.type} "${base.name}"`;
  if (!sameName(before, json)) return err(diagnostic('WEFT1862', at(path), `a patch of ${place} may not change its name`, 'remove the operation on the name'));
  const touched = touchedBy(base.type, { before, after: normalized(base, json, hash), unsafe });
  if (touched.length > 0) return err(diagnostic('WEFT1862', at(path), `the patch of ${place} touches ${touched.join(', ')}`));
  const read = resourceOfJson(json, { type: base.type, name: base.name, origins: [...base.origins, at(`${path}.operations`)], hash });
  if ('resource' in read) return ok(read.resource);
  return err(diagnostic('WEFT1863', at(`${path}.operations`), `${place} is no ${patch.resource.type} any more: ${read.problems.slice(0, 3).join('; ')}`));
}

/** As Envoy's field names have it, so that `transportSocket` is what `transport_socket` is. What cannot be read is compared as written. */
function normalized({ type, name }: Resource, json: JsonValue, hash: Hash): JsonValue {
  const read = resourceOfJson(json, { type, name, origins: [], hash });
  return 'resource' in read ? resourceJson(read.resource) : json;
}

function sameName(before: JsonValue, after: JsonValue): boolean {
  return (['name', 'cluster_name'] as const).every((key) => fieldOf(before, key) === fieldOf(after, key));
}

function fieldOf(json: JsonValue, key: string): JsonValue | undefined {
  return json !== null && typeof json === 'object' && !Array.isArray(json) ? json[key] : undefined;
}

function operated(before: JsonValue, { patch, path, at }: PatchEntry): Result<JsonValue, Diagnostic> {
  const root = { at: copyOf(before) };
  for (const [index, { op, path: to, from, value }] of patch.operations.entries()) {
    const place = `${path}.operations[${index}]`;
    const pointer = plainPointer(root.at, to);
    const source = from === undefined ? undefined : plainPointer(root.at, from);
    const failed = (words: string) => err(diagnostic('WEFT1861', at(place), `${op} ${to}: ${words}`));
    if (!pointer.ok) return failed(pointer.error);
    if (source?.ok === false) return failed(source.error);
    // One level down, since the library cannot replace the whole document.
    const operation = {
      op,
      path: `/at${pointer.value}`,
      ...(source === undefined ? {} : { from: `/at${source.value}` }),
      ...(value === undefined ? {} : { value }),
    };
    const [problem] = applyPatch(root, [operation as Operation]);
    if (problem !== null && problem !== undefined) return failed(wordsOf(problem));
  }
  return ok(root.at);
}

function wordsOf(problem: Error): string {
  if (problem.name === 'MissingError') return 'there is nothing at this path';
  return problem.name === 'TestError' ? 'the test failed' : problem.message;
}

/** Patching changes in place, and the JSON of a resource is kept. */
function copyOf(json: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(json)) as JsonValue;
}
