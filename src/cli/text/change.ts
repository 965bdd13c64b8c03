// What changed in a document, as it is told: `spec.rules[0].timeouts.request: "2s" → "5s"`.
import type { FieldChangeView } from '../../api/index.ts';
import { oneLine } from './plain.ts';

/** One place; of a Secret, and of what is long ago, the place alone. */
export function fieldText({ path, before, after }: FieldChangeView): string {
  if (before === undefined && after === undefined) return oneLine(path);
  return oneLine(`${path}: ${before ?? 'nothing'} → ${after ?? 'nothing'}`);
}

/** The first place, and how many more there are. */
export function summaryText([first, ...others]: readonly FieldChangeView[]): string {
  if (first === undefined) return '';
  return `${fieldText(first)}${others.length === 0 ? '' : `, and ${others.length} more`}`;
}
