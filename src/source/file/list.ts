import { joinPath, splitPath } from '../../model/index.ts';
import type { PlacedValue } from './parse-text.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The documents in a value: itself, or the items of a `List` (as `kubectl get -o yaml` prints it) or `ServiceList` (as the API
 * answers; its items leave out kind and apiVersion), lists in lists included.
 */
export function flattenLists(placed: PlacedValue): readonly PlacedValue[] {
  const { value } = placed;
  if (!isFields(value) || !Array.isArray(value['items']) || typeof value['kind'] !== 'string' || !value['kind'].endsWith('List')) return [placed];
  const { kind, apiVersion } = value;
  const items: readonly unknown[] = value['items'];
  return items.flatMap((item, index) =>
    flattenLists({ value: kind === 'List' ? item : named(item, apiVersion, kind.slice(0, -4)), place: inside(placed.place, ['items', index]) }),
  );
}

function named(item: unknown, apiVersion: unknown, kind: string): unknown {
  return isFields(item) ? { apiVersion, kind, ...item } : item;
}

function inside(place: PlacedValue['place'], root: readonly (string | number)[]): PlacedValue['place'] {
  return { file: place.file, at: (path) => place.at(joinPath([...root, ...splitPath(path)])) };
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
