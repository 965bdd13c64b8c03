// How long a backtracking matcher may take at most. Every repetition and every alternative is a choice, and it may come to try all of them together; RE2
// never does. An expression is a tenant's, and the control plane is everybody's.

/** Choices in an expression: how many repetitions are as long as the input lets them be, and the product of all other choices. */
export interface Ways {
  readonly endless: number;
  readonly others: number;
}

/** Steps for an input of this length, at most. */
export function stepsFor({ endless, others }: Ways, length: number): number {
  return (length + 1) ** Math.max(1, endless) * others;
}

interface Group {
  /** Something in it may be matched in more than one way. */
  choice: boolean;
}

const QUANTIFIER = /[*+?]|\{(\d+)(,?)(\d*)\}/y;

/** The choices of an expression; undefined where a group is repeated that has choices itself, which is exponential. Takes a step for each character. */
export function waysOf(pattern: string): Ways | undefined {
  const groups: Group[] = [{ choice: false }];
  const top = (): Group => groups.at(-1) ?? { choice: false };
  let endless = 0;
  let others = 1;
  let last: Group | undefined;
  for (let at = 0; at < pattern.length; ) {
    const quantifier = quantifierAt(pattern, at);
    if (quantifier !== undefined) {
      if (last?.choice === true && quantifier.most > 1) return undefined;
      if (quantifier.most === Number.POSITIVE_INFINITY) endless++;
      else others *= quantifier.most - quantifier.least + 1;
      if (quantifier.most > quantifier.least) top().choice = true;
      at = quantifier.end;
      last = undefined;
      continue;
    }
    last = undefined;
    const char = pattern[at];
    if (char === '|') {
      others *= 2;
      top().choice = true;
    } else if (char === '(') groups.push({ choice: false });
    else if (char === ')' && groups.length > 1) {
      last = groups.pop();
      if (last?.choice === true) top().choice = true;
    }
    at = char === '[' ? endOfClass(pattern, at) : at + (char === '\\' ? 2 : char === '(' && pattern[at + 1] === '?' ? 2 : 1);
  }
  return { endless, others };
}

/** A repetition with what makes it lazy; undefined when there is none here. */
function quantifierAt(pattern: string, at: number): { readonly least: number; readonly most: number; readonly end: number } | undefined {
  QUANTIFIER.lastIndex = at;
  const found = QUANTIFIER.exec(pattern);
  if (found === null) return undefined;
  const [text, least = '', comma = '', most = ''] = found;
  const end = at + text.length;
  const after = pattern[end] === '?' ? end + 1 : end;
  if (text === '?') return { least: 0, most: 1, end: after };
  if (text === '*' || text === '+') return { least: 0, most: Number.POSITIVE_INFINITY, end: after };
  if (comma === '') return { least: Number(least), most: Number(least), end: after };
  return { least: Number(least), most: most === '' ? Number.POSITIVE_INFINITY : Number(most), end: after };
}

function endOfClass(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === ']') return at + 1;
  }
  return pattern.length;
}
