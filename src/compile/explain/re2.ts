// Envoy matches with RE2, which reads a few things otherwise than JavaScript and never takes long. What cannot be judged safely here
// is not judged: the answer is then `undefined`, and whoever asked says so.

import { stepsFor, type Ways, waysOf } from './ways.ts';

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

/** Unicode classes, bytes, quoting, flags in the middle, a bracket that comes first in a class: JavaScript reads them otherwise, silently. */
const ONLY_RE2 = /\\[pPCQE]|\(\?[a-zA-Z]*-?[a-zA-Z]+[):]|\[\^?\]/;
const LONGEST_INPUT = 4096;
/** More steps than this would keep everybody else waiting. */
const MOST_STEPS = 2_000_000;

interface Judge {
  readonly expression: RegExp;
  readonly ways: Ways;
}

const compiled = new Map<string, Judge | undefined>();

function compile(pattern: string): Judge | undefined {
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const body = (flags === null ? pattern : pattern.slice(flags[0].length))
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\A', '^')
    .replaceAll('\\z', '$')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole);
  const ways = waysOf(body);
  if (ways === undefined || ONLY_RE2.test(body)) return undefined;
  try {
    return { expression: new RegExp(`^(?:${body})$`, flags?.[1] ?? ''), ways };
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
  const judge = compiled.get(pattern);
  if (judge === undefined || text.length > LONGEST_INPUT || stepsFor(judge.ways, text.length) > MOST_STEPS) return undefined;
  return judge.expression.test(text);
}
