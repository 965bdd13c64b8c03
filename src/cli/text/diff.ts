const CONTEXT = 3;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** Lines that stay, go and come, by the longest common subsequence. Costs the product of what differs: meant for documents. */
function edits(before: readonly string[], after: readonly string[]): readonly Edit[] {
  const lengths = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    const row = lengths[i];
    for (let j = after.length - 1; j >= 0 && row !== undefined; j--)
      row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const found: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const same = i < before.length && j < after.length && before[i] === after[j];
    if (same) found.push({ sign: ' ', line: before[i++] ?? '' });
    else if (i < before.length && (j >= after.length || at(i + 1, j) >= at(i, j + 1))) found.push({ sign: '-', line: before[i++] ?? '' });
    else found.push({ sign: '+', line: after[j++] ?? '' });
    if (same) j++;
  }
  return found;
}

/** Edits of whole texts: what is equal at both ends costs nothing. */
function compare(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const same = (line: string): Edit => ({ sign: ' ', line });
  const middle = edits(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...before.slice(0, head).map(same), ...middle, ...before.slice(before.length - tail).map(same)];
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

export interface DiffOptions {
  readonly before: { readonly label: string; readonly text: string };
  readonly after: { readonly label: string; readonly text: string };
  readonly paint: (style: 'red' | 'green' | 'cyan' | 'bold', text: string) => string;
}

/** A unified diff (as `diff -u`, three lines of context), '' when the texts are the same. An empty text is a file that is not there. */
export function unifiedDiff({ before, after, paint }: DiffOptions): string {
  const all = compare(linesOf(before.text), linesOf(after.text));
  const changed = all.flatMap((edit, at) => (edit.sign === ' ' ? [] : [at]));
  if (changed.length === 0) return '';
  const lines = [paint('bold', `--- ${before.label}`), paint('bold', `+++ ${after.label}`)];
  for (const [from, to] of hunks(changed, all.length))
    lines.push(paint('cyan', header(all, from, to)), ...all.slice(from, to).map((edit) => painted(edit, paint)));
  return lines.map((line) => `${line}\n`).join('');
}

/** Ranges of edits that are printed: changes with their context, joined where they touch. */
function hunks(changed: readonly number[], length: number): readonly (readonly [number, number])[] {
  const found: [number, number][] = [];
  for (const at of changed) {
    const [from, to] = [Math.max(0, at - CONTEXT), Math.min(length, at + CONTEXT + 1)];
    const last = found.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else found.push([from, to]);
  }
  return found;
}

function header(all: readonly Edit[], from: number, to: number): string {
  const range = (other: Edit['sign']): string => {
    const own = (edit: Edit): boolean => edit.sign !== other;
    const count = all.slice(from, to).filter(own).length;
    const start = all.slice(0, from).filter(own).length + (count === 0 ? 0 : 1);
    return `${start},${count}`;
  };
  return `@@ -${range('+')} +${range('-')} @@`;
}

function painted({ sign, line }: Edit, paint: DiffOptions['paint']): string {
  if (sign === ' ') return ` ${line}`;
  return paint(sign === '-' ? 'red' : 'green', `${sign}${line}`);
}
