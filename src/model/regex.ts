// What can be said of a regular expression without RE2: it must be one in a syntax that JavaScript shares, and use nothing RE2 lacks.

const NOT_RE2 = /\(\?<?[=!]|\\[1-9]|\(\?>|[*+?}]\+/;

/** Why Envoy would refuse the expression, or undefined when nothing is known against it. */
export function regexProblem(pattern: string): string | undefined {
  const bare = pattern.replaceAll(/\\\\/g, '').replaceAll(/\[(?:\\.|[^\]\\])*\]/g, 'x');
  if (NOT_RE2.test(bare)) return 'uses look-around, a back-reference or a possessive quantifier, which RE2 does not have';
  try {
    new RegExp(
      pattern
        .replaceAll('(?P<', '(?<')
        .replaceAll(/\(\?[imsU]+\)/g, '')
        .replaceAll(/\(\?[imsU]+:/g, '(?:'),
    );
    return undefined;
  } catch (cause) {
    return /\\[pPCQEAzaf]|\[\[:/.test(pattern)
      ? undefined
      : `is not a regular expression: ${cause instanceof Error ? cause.message.replace(/^Invalid regular expression: /, '') : ''}`;
  }
}
