import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { regexProblem } from '../../model/regex.ts';
import { globMatches } from '../glob.ts';
import { fullMatch } from './re2.ts';
import { stepsFor, waysOf } from './ways.ts';

const A = 'a'.repeat(2000);

describe('expressions of tenants', () => {
  // Each of them keeps a backtracking matcher busy for longer than anybody lives.
  test.each(['(a+)+', '((a+))+', '((a|b)*)*', '(a|a)*', '(a?){50}', '(?:(?:a*)b?)+', '(x+x+)+y', '((a{1,30}){1,30}){1,30}', '(a|[^b])+', '([a]*[a])*'])(
    'a repeated group with choices is not judged: %s',
    (pattern) => {
      expect(waysOf(pattern)).toBeUndefined();
      expect(fullMatch(pattern, `${A}!`)).toBeUndefined();
    },
  );

  test.each(['.*.*.*.*.*=', 'a*a*a*a*a*a*b', `${'a?'.repeat(60)}${'a'.repeat(60)}`, `${'(a|b)'.repeat(60)}`, '.*.*', '[]|((a+))+]', '\\d*.*\\w*'])(
    'nor what may take too many steps for its input: %s',
    (pattern) => expect(fullMatch(pattern, A)).toBeUndefined(),
  );

  test('what people write is judged', () => {
    expect(fullMatch('/users/[0-9]+/orders/[0-9a-f-]+', '/users/12/orders/9f-3')).toBe(true);
    expect(fullMatch('(v1|v2)/.*', 'v2/anything')).toBe(true);
    expect(fullMatch('(abc)+', 'abcabc')).toBe(true);
    expect(fullMatch('[a-z]{2,3}(-[A-Z]{2})?', 'de-AT')).toBe(true);
    expect(fullMatch('.*\\.example\\.com', 'a.example.org')).toBe(false);
    expect(fullMatch('\\(a+\\)+', '(aa)')).toBe(true);
    expect(fullMatch('.*', A)).toBe(true);
  });

  test('property: the bound holds for every way in which an input can be taken apart', () => {
    const piece = fc.constantFrom('a', 'a*', 'a+', 'a?', 'a{0,2}', '(a|b)', '(ab)*', '[ab]*', 'b');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.integer({ min: 0, max: 6 }), (pieces, length) => {
        const ways = waysOf(pieces.join(''));
        expect(ways === undefined ? 0 : stepsFor(ways, length)).toBeGreaterThanOrEqual(ways === undefined ? 0 : waysThrough(pieces, 'a'.repeat(length)));
      }),
    );
  });

  test('looking for faults in one takes no time either', () => {
    expect(regexProblem(`[${'\\d'.repeat(400)}`)).toMatch(/is not a regular expression/);
    expect(regexProblem('['.repeat(1024))).toMatch(/is not a regular expression/);
  });
});

/** How many ways there are to match a text as a whole, counted by hand. */
function waysThrough(pieces: readonly string[], text: string): number {
  const [piece, ...rest] = pieces;
  if (piece === undefined) return text === '' ? 1 : 0;
  let ways = 0;
  for (let end = 0; end <= text.length; end++) if (new RegExp(`^(?:${piece})$`).test(text.slice(0, end))) ways += waysThrough(rest, text.slice(end));
  return ways;
}

describe('globs', () => {
  test('property: a star is anything', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '\n'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (glob, name) => {
        const meant = new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`, 's');
        expect(globMatches(glob, name)).toBe(meant.test(name));
      }),
      { numRuns: 1000 },
    );
  });

  test('many stars take no time', () => {
    expect(globMatches(`${'*a'.repeat(60)}*b`, 'a'.repeat(4000))).toBe(false);
  });
});
