// A spec as lines of YAML, each with the path that the API names it by (`spec.rules[0].name`). Pure.
export interface SpecLine {
  readonly indent: number;
  readonly text: string;
  /** Of the value that ends on this line; '' where it only opens what follows. */
  readonly path: string;
}

const PLAIN = /^[A-Za-z_/][\w./:@ -]*$/;
const WORDS = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', '~']);

/** A scalar as YAML reads it back. */
function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return PLAIN.test(value) && !WORDS.has(value.toLowerCase()) && !value.endsWith(' ') && !value.includes(': ') && !value.endsWith(':')
    ? value
    : JSON.stringify(value);
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isLeaf = (value: unknown): boolean => (Array.isArray(value) ? value.length === 0 : !isMap(value) || Object.keys(value).length === 0);
const keyed = (path: string, key: string): string => (/^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`);

function entry(head: string, value: unknown, path: string, indent: number): readonly SpecLine[] {
  if (isLeaf(value)) return [{ indent, text: `${head} ${scalar(value)}`, path }];
  return [{ indent, text: head, path: '' }, ...linesOf(value, path, Array.isArray(value) ? indent : indent + 1)];
}

/** Lines of a map or list that stands at `path`. */
export function linesOf(value: unknown, path: string, indent = 0): readonly SpecLine[] {
  if (Array.isArray(value))
    return value.flatMap((item: unknown, at) => {
      const own = `${path}[${at}]`;
      if (isLeaf(item) || Array.isArray(item)) return entry('-', item, own, indent);
      const [first, ...rest] = linesOf(item, own, indent + 1);
      return first === undefined ? [] : [{ ...first, indent, text: `- ${first.text}` }, ...rest];
    });
  if (!isMap(value)) return [{ indent, text: scalar(value), path }];
  return Object.entries(value).flatMap(([key, each]) => entry(`${PLAIN.test(key) ? key : JSON.stringify(key)}:`, each, keyed(path, key), indent));
}
