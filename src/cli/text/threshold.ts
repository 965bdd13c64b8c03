import type { Severity } from '../../base/index.ts';
import { CommandError, EXIT } from '../exit.ts';

const LEVELS = ['error', 'warning', 'info'] as const satisfies readonly Severity[];

/** The level from which on findings make a command end with 79. Throws CommandError 64. */
export function readThreshold(value: unknown, flag = '--threshold'): Severity {
  const found = LEVELS.find((level) => level === value);
  if (found === undefined) throw new CommandError(EXIT.usage, `${flag}=${String(value)} is not possible\n  choose one of ${LEVELS.join(', ')}`);
  return found;
}

export function atThreshold(severity: Severity, threshold: Severity): boolean {
  return LEVELS.indexOf(severity) <= LEVELS.indexOf(threshold);
}
