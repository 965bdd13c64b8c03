import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand to the right, in digits of one width. */
  readonly number?: boolean;
  /** Gives way first where there is little room. */
  readonly spare?: boolean;
  /** With it the head sorts. */
  readonly order?: (a: Row, b: Row) => number;
}

export interface TableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Id of a column, with `-` in front for the opposite. */
  readonly sort?: string | undefined;
  readonly onSort?: (sort: string) => void;
  readonly detail?: (row: Row) => ReactNode;
}

const classOf = ({ number = false, spare = false }: Column<never>): string => [number ? 'num' : '', spare ? 'spare' : ''].join(' ').trim();

/** Rows in the order that `sort` says; without one as they come. */
export function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: string | undefined): readonly Row[] {
  const down = sort?.startsWith('-') === true;
  const order = columns.find(({ id }) => id === (down ? sort?.slice(1) : sort))?.order;
  if (order === undefined) return rows;
  return rows.toSorted((a, b) => (down ? -order(a, b) : order(a, b)));
}

function Head<Row>({ column, sort, onSort }: { readonly column: Column<Row> } & Pick<TableProps<Row>, 'sort' | 'onSort'>): ReactNode {
  const { id, title, order } = column;
  const direction = sort === id ? 'ascending' : sort === `-${id}` ? 'descending' : undefined;
  return (
    <th scope="col" className={classOf(column as Column<never>)} aria-sort={direction}>
      {order === undefined || onSort === undefined ? (
        title
      ) : (
        <button type="button" onClick={() => onSort(direction === 'descending' ? id : `-${id}`)}>
          {title}
          <span aria-hidden="true">{direction === undefined ? '' : direction === 'ascending' ? ' ↑' : ' ↓'}</span>
        </button>
      )}
    </th>
  );
}

/** Rows of one kind of thing. It scrolls by itself where the page is narrower than it is. */
export function Table<Row>({ caption, columns, rows, keyOf, sort, onSort, detail }: TableProps<Row>): ReactNode {
  const order = onSort === undefined ? {} : { onSort };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="table" aria-label={caption} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.id} column={column} sort={sort} {...order} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted(rows, columns, sort).map((row) => (
            <Rows key={keyOf(row)} row={row} columns={columns} detail={detail?.(row)} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Rows<Row>({ row, columns, detail }: { readonly row: Row; readonly columns: readonly Column<Row>[]; readonly detail: ReactNode }): ReactNode {
  return (
    <>
      <tr>
        {columns.map((column) => (
          <td key={column.id} className={classOf(column as Column<never>)}>
            {column.cell(row)}
          </td>
        ))}
      </tr>
      {detail === undefined || detail === null ? null : (
        <tr className="detail">
          <td colSpan={columns.length}>{detail}</td>
        </tr>
      )}
    </>
  );
}
