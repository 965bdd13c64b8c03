// Kubernetes' strategic merge patch, which kubectl sends for the kinds it was built with (Service, Namespace): lists of maps
// merge by a key, and directives ($patch, $retainKeys, $deleteFromPrimitiveList, $setElementOrder) say the rest.
import { canonicalJson } from '../../base/index.ts';
import { type Fields, isFields } from '../body.ts';
import { manageError } from '../errors.ts';

/** Merge keys of lists, by their path without indexes, as Kubernetes' own types declare them; '' is a set of plain values. */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  'spec.ports': 'port',
  'status.conditions': 'type',
  'status.loadBalancer.ingress': 'ip',
  'metadata.ownerReferences': 'uid',
  'metadata.finalizers': '',
};

const ORDER = '$setElementOrder/';
const DELETE = '$deleteFromPrimitiveList/';

const wrong = (message: string): Error => manageError('bad-request', `strategic merge patch: ${message}`);

function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(`${what} must be a list`);
  return value;
}

const isDirective = (key: string): boolean => key.startsWith('$');

/** Puts the elements named in `order` into that order; the others stay behind the one they followed. */
function inOrder(list: readonly unknown[], order: readonly unknown[], idOf: (item: unknown) => string): readonly unknown[] {
  const rank = new Map(order.map((item, at) => [idOf(item), at]));
  let last = -1;
  const ranked = list.map((item) => {
    last = rank.get(idOf(item)) ?? last;
    return { item, rank: last, own: rank.has(idOf(item)) };
  });
  return ranked.sort((a, b) => a.rank - b.rank || Number(b.own) - Number(a.own)).map(({ item }) => item);
}

function mergeMaps(value: readonly unknown[], patch: readonly unknown[], mergeKey: string, path: string): readonly unknown[] {
  const idOf = (item: unknown): string => canonicalJson(isFields(item) ? (item[mergeKey] ?? null) : item);
  if (patch.some((item) => isFields(item) && item['$patch'] === 'replace')) return patch.filter((item) => !(isFields(item) && Object.hasOwn(item, '$patch')));
  const result = [...value];
  for (const change of patch) {
    if (!isFields(change) || change[mergeKey] === undefined) throw wrong(`an element of ${path} has no ${mergeKey}`);
    const at = result.findIndex((item) => idOf(item) === idOf(change));
    if (change['$patch'] === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = mergeFields(result[at], change, path);
    else result.push(mergeFields({}, change, path));
  }
  return result;
}

function mergeList(value: unknown, patch: readonly unknown[], path: string): unknown {
  const mergeKey = MERGE_KEYS[path];
  const current = Array.isArray(value) ? value : [];
  if (mergeKey === undefined) return patch;
  if (mergeKey === '') return [...current, ...patch.filter((item) => !current.includes(item))];
  return mergeMaps(current, patch, mergeKey, path);
}

function mergeValue(value: unknown, patch: unknown, path: string): unknown {
  if (Array.isArray(patch)) return mergeList(value, patch, path);
  return isFields(patch) ? mergeFields(value, patch, path) : patch;
}

/** What the directives of `patch` say about the lists in `result`, after the lists were merged. */
function obeyDirectives(result: Record<string, unknown>, patch: Fields, prefix: string): void {
  for (const [key, list] of Object.entries(patch)) {
    if (key.startsWith(DELETE)) {
      const gone = new Set(listOf(list, key));
      const name = key.slice(DELETE.length);
      const current = result[name];
      if (Array.isArray(current)) result[name] = current.filter((item) => !gone.has(item));
    } else if (key.startsWith(ORDER)) {
      const name = key.slice(ORDER.length);
      const mergeKey = MERGE_KEYS[`${prefix}${name}`] ?? '';
      const current = result[name];
      if (Array.isArray(current)) result[name] = inOrder(current, listOf(list, key), (item) => canonicalJson(isFields(item) ? (item[mergeKey] ?? null) : item));
    }
  }
}

function mergeFields(value: unknown, patch: Fields, path: string): unknown {
  const { $patch: directive, $retainKeys: retain } = patch;
  const own = Object.entries(patch).filter(([key]) => !isDirective(key));
  if (directive === 'delete') return {};
  if (directive === 'replace') return Object.fromEntries(own);
  if (directive !== undefined && directive !== 'merge') throw wrong(`unknown directive $patch: ${JSON.stringify(directive)}`);
  const result: Record<string, unknown> = isFields(value) ? { ...value } : {};
  if (retain !== undefined) for (const key of Object.keys(result)) if (!listOf(retain, '$retainKeys').includes(key)) delete result[key];
  const prefix = path === '' ? '' : `${path}.`;
  for (const [key, change] of own) {
    if (change === null) delete result[key];
    else result[key] = mergeValue(Object.hasOwn(result, key) ? result[key] : undefined, change, `${prefix}${key}`);
  }
  obeyDirectives(result, patch, prefix);
  return result;
}

/** Throws `bad-request` on a patch that makes no sense. */
export function strategicPatch(value: unknown, patch: unknown): unknown {
  if (!isFields(patch)) throw wrong('the body must be a map');
  return mergeFields(value, patch, '');
}
