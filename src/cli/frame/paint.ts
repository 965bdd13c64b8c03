import type { GlobalFlags, Invocation } from '../command.ts';
import type { Io } from '../io.ts';

const STYLES = { bold: 1, dim: 2, red: 31, yellow: 33, green: 32, cyan: 36 } as const;

/** Colour: as `--color` says; `auto` means on a terminal, unless NO_COLOR (https://no-color.org) is set or the terminal is dumb. */
export function colourful({ env, terminal }: Pick<Io, 'env' | 'terminal'>, color: GlobalFlags['color']): boolean {
  if (color !== 'auto') return color === 'always';
  return terminal && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** The painter for an invocation: text in an ANSI style, or as it is. */
export function painter(on: boolean): Invocation['paint'] {
  return (style, text) => (on ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text);
}
