// What the rules of every kind of route have in common.
import type { Report } from './kind.ts';

const MOST_MATCHES = 128;

/** Names of rules are unique, and there is a limit for all matches together. */
export function checkRuleNames(rules: readonly { readonly name?: string | undefined; readonly matches: readonly unknown[] }[], report: Report): void {
  const names = new Map<string, number>();
  for (const [at, { name }] of rules.entries()) {
    const before = name === undefined ? undefined : names.get(name);
    if (before !== undefined) report('WEFT1208', `spec.rules[${at}].name`, `the name "${name}" is already taken by spec.rules[${before}]`);
    if (name !== undefined) names.set(name, before ?? at);
  }
  const matches = rules.reduce((sum, rule) => sum + rule.matches.length, 0);
  if (matches > MOST_MATCHES) report('WEFT1204', 'spec.rules', `a route may have ${MOST_MATCHES} matches in all, this one has ${matches}`, 'split the route');
}

export function checkWeights(backends: readonly { readonly weight: number }[], path: string, report: Report): void {
  if (backends.length > 0 && backends.every((backend) => backend.weight === 0))
    report('WEFT1214', path, 'all weights are 0: requests that take this rule are answered with 500');
}

/** Gateway API: of several entries with one name only the first counts. */
export function checkRepeated(names: readonly string[], path: string, report: Report): void {
  for (const [at, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first !== at) report('WEFT1215', `${path}[${at}]`, `"${name}" is already matched by ${path}[${first}]: this entry is ignored`);
  }
}
