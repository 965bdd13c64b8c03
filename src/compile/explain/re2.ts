// Envoy matches with RE2, which reads a few things otherwise than JavaScript and never takes long. What cannot be judged safely here
// is not judged: the answer is then `undefined`, and whoever asked says so.

const POSIX: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: '0-9A-Za-z',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\t\\n\\v\\f\\r ',
  xdigit: '0-9A-Fa-f',
  word: '0-9A-Za-z_',
  punct: '!-\\/:-@\\[-`{-~',
};

/** A repeated group that itself repeats: harmless in RE2, exponential in a backtracking matcher. */
const NESTED_REPEAT = /\([^()]*[*+}][^()]*\)\s*[*+{]|\)\s*[*+{][^()]*\)\s*[*+{]|\([^()]*\|[^()]*\)\s*[*+{]/;
/** Unicode classes, bytes, quoting and flags in the middle: JavaScript reads them otherwise, silently. */
const ONLY_RE2 = /\\[pPCQE]|\(\?[a-zA-Z]*-?[a-zA-Z]+[):]/;
const LONGEST_INPUT = 4096;

const compiled = new Map<string, RegExp | undefined>();

function compile(pattern: string): RegExp | undefined {
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const body = (flags === null ? pattern : pattern.slice(flags[0].length))
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole);
  if (NESTED_REPEAT.test(body) || ONLY_RE2.test(body)) return undefined;
  try {
    return new RegExp(`^(?:${body})$`, flags?.[1] ?? '');
  } catch {
    return undefined;
  }
}

/** Whether the whole of `text` matches, or undefined when that cannot be said here. */
export function fullMatch(pattern: string, text: string): boolean | undefined {
  if (!compiled.has(pattern)) {
    if (compiled.size > 1000) compiled.clear();
    compiled.set(pattern, compile(pattern));
  }
  const expression = compiled.get(pattern);
  return expression === undefined || text.length > LONGEST_INPUT ? undefined : expression.test(text);
}
