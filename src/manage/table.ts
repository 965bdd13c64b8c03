// Kubernetes Tables: what `kubectl get` prints. Columns are the kind's own, between the name and the age.
import type { Column, Document, KindDefinition } from '../model/index.ts';
import { isFields } from './body.ts';
import { outward } from './document-text.ts';

const TABLE = { kind: 'Table', apiVersion: 'meta.k8s.io/v1' } as const;

/** `5s`, `4m10s`, `3h`, `2d4h`, `1y20d`: two units while they are telling, as kubectl writes ages. */
export function age(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (large: number, unit: string, small: number, smallUnit: string): string =>
    small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
  const [m, h, d] = [Math.floor(s / 60), Math.floor(s / 3600), Math.floor(s / 86_400)];
  if (s < 120) return `${s}s`;
  if (m < 10) return two(m, 'm', s % 60, 's');
  if (h < 3) return `${m}m`;
  if (h < 8) return two(h, 'h', m % 60, 'm');
  if (h < 48) return `${h}h`;
  if (d < 8) return two(d, 'd', h % 24, 'h');
  if (d < 365 * 2) return `${d}d`;
  if (d < 365 * 8) return two(Math.floor(d / 365), 'y', d % 365, 'd');
  return `${Math.floor(d / 365)}y`;
}

/** `a.b[*].c[?(@.type=="X")].d` → `a`, `b[*]`, `c[?(@.type=="X")]`, `d`. */
const STEP = /[^.[\]]+(?:\[(?:\*|\?\(@\.[^)]*\))\])?/g;

/** The values at `a.b[*].c` of a document; `[?(@.type=="X")]` picks from a list as in kubectl's columns. */
function valuesAt(value: unknown, path: string): readonly unknown[] {
  return (path.match(STEP) ?? []).reduce<readonly unknown[]>(
    (values, step) => {
      const [, name = step, , field, wanted] = /^([^[]+)(\[(?:\*|\?\(@\.(\w+)=="([^"]*)"\))\])?$/.exec(step) ?? [];
      const found = values.flatMap((each) => (isFields(each) && Object.hasOwn(each, name) ? [each[name]] : []));
      if (name === step) return found;
      return field === undefined ? found.flat() : found.flat().filter((each) => isFields(each) && each[field] === wanted);
    },
    [value],
  );
}

function cellText(value: unknown): string {
  if (Array.isArray(value)) return value.map(cellText).join(',');
  if (value === null || typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, each]) => `${key}=${cellText(each)}`)
    .join(',');
}

/** What stands in a column for a document; `<none>` when there is nothing, as kubectl prints it. */
export function cell(document: Document, column: Column): string {
  const text = valuesAt(document, column.path).map(cellText).join(',');
  return text === '' ? '<none>' : text;
}

const titled = (name: string): string => name.charAt(0) + name.slice(1).toLowerCase();

function columnDefinitions(kind: KindDefinition): readonly object[] {
  const own = kind.columns.map((column) => ({
    name: titled(column.name),
    type: 'string',
    format: '',
    description: `${column.path} of the document`,
    priority: column.wide === true ? 1 : 0,
  }));
  return [
    { name: 'Name', type: 'string', format: 'name', description: 'Name, unique within its namespace.', priority: 0 },
    ...own,
    { name: 'Age', type: 'string', format: '', description: 'Time since the document was made.', priority: 0 },
  ];
}

export type IncludeObject = 'None' | 'Metadata' | 'Object';

function rowObject(document: Document, include: IncludeObject): object {
  if (include === 'None') return {};
  const object = outward(document);
  return { object: include === 'Object' ? object : { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object['metadata'] } };
}

export interface TableOptions {
  readonly kind: KindDefinition;
  readonly documents: readonly Document[];
  readonly now: number;
  readonly include: IncludeObject;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export function table({ kind, documents, now, include, metadata }: TableOptions): object {
  const rows = documents.map((document) => ({
    cells: [document.metadata.name, ...kind.columns.map((column) => cell(document, column)), age(now - Date.parse(document.metadata.creationTimestamp ?? ''))],
    ...rowObject(document, include),
  }));
  return { ...TABLE, metadata, columnDefinitions: columnDefinitions(kind), rows };
}
