import { oneLine } from './plain.ts';

const GAP = 3;

/** A cell that is painted after it was measured. */
export interface PaintedCell {
  readonly text: string;
  readonly paint: (text: string) => string;
}
export type Cell = string | PaintedCell;

const NONE = '<none>';

function textOf(cell: Cell): string {
  const text = oneLine(typeof cell === 'string' ? cell : cell.text);
  return text === '' ? NONE : text;
}

/** Columns a text takes, near enough: one for each code point. */
function width(text: string): number {
  return [...text].length;
}

/**
 * Prints rows as kubectl does: padded with blanks, no borders, `<none>` where there is nothing. It remembers how wide columns are, so
 * rows that come later (a watch) stand under the first ones.
 */
export class TablePrinter {
  readonly #headers: readonly string[];
  readonly #widths: number[];
  #headersDue: boolean;

  constructor(headers: readonly string[], withHeaders = true) {
    this.#headers = headers.map((header) => header.toUpperCase());
    this.#widths = this.#headers.map((header) => (withHeaders ? width(header) : 0));
    this.#headersDue = withHeaders;
  }

  /** The text of these rows, with the headers before the first. `below` is what stands under a row, already indented. */
  print(rows: readonly (readonly Cell[])[], below: (row: number) => readonly string[] = () => []): string {
    for (const row of rows) for (const [at, cell] of row.entries()) this.#widths[at] = Math.max(this.#widths[at] ?? 0, width(textOf(cell)));
    const lines = this.#headersDue ? [this.#line(this.#headers)] : [];
    this.#headersDue = false;
    for (const [at, row] of rows.entries()) lines.push(this.#line(row), ...below(at));
    return lines.map((line) => `${line}\n`).join('');
  }

  #line(cells: readonly Cell[]): string {
    const last = cells.length - 1;
    const line = cells.map((cell, at) => {
      const text = textOf(cell);
      const shown = typeof cell === 'string' ? text : cell.paint(text);
      return at === last ? shown : shown + ' '.repeat((this.#widths[at] ?? 0) - width(text) + GAP);
    });
    return line.join('').trimEnd();
  }
}

/** A whole table at once. */
export function tableText(headers: readonly string[], rows: readonly (readonly Cell[])[], withHeaders = true): string {
  return new TablePrinter(headers, withHeaders).print(rows);
}
