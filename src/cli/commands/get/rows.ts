import type { ServerTable } from '../../client/client.ts';
import { reference, type Target } from '../../client/kinds.ts';

export interface RowOptions {
  readonly wide: boolean;
  /** A column NAMESPACE comes first. */
  readonly namespaces: boolean;
  /** Names with their type, where several types are printed. */
  readonly typed: boolean;
}

/** Columns of a table of the server, without those that only -o wide shows. */
export function headersOf({ columnDefinitions }: Pick<ServerTable, 'columnDefinitions'>, { wide, namespaces }: RowOptions): readonly string[] {
  const shown = columnDefinitions.filter((column) => wide || column.priority === 0).map((column) => column.name);
  return namespaces ? ['NAMESPACE', ...shown] : shown;
}

/** Its rows as text. */
export function rowsOf(table: ServerTable, { kind }: Target, { wide, namespaces, typed }: RowOptions): readonly (readonly string[])[] {
  const columns = table.columnDefinitions.flatMap((column, at) => (wide || column.priority === 0 ? [at] : []));
  return table.rows.map(({ cells, object }) => {
    const shown = columns.map((at) => (at === 0 && typed ? reference(kind, '', String(cells[at])) : String(cells[at] ?? '')));
    return namespaces ? [object.metadata.namespace ?? '', ...shown] : shown;
  });
}
