import { CommandError, EXIT } from '../exit.ts';

export const OUTPUTS = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type Output = (typeof OUTPUTS)[number];

/** The form asked for by `-o`; `allowed` are those that the command has. Throws CommandError 64. */
export function readOutput<T extends string>(value: unknown, allowed: readonly T[], otherwise: T): T {
  if (value === undefined) return otherwise;
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new CommandError(EXIT.usage, `-o ${String(value)} is not possible here\n  choose one of ${allowed.join(', ')}`);
  return found;
}

/** JSON with two blanks, or YAML, with a line end. */
export async function valueText(value: unknown, form: 'json' | 'yaml'): Promise<string> {
  if (form === 'json') return `${JSON.stringify(value, null, 2)}\n`;
  const { stringify } = await import('./yaml.ts');
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
