// The fields of a document with their fates: colour on a terminal, words everywhere.
import type { FatesView, FateView } from '../../../api/index.ts';
import type { Document, KindDefinition } from '../../../model/index.ts';
import type { Client } from '../../client/client.ts';
import type { Invocation } from '../../command.ts';
import { oneLine } from '../../text/plain.ts';
import { placeText } from '../effective/layout.ts';
import { type SpecLine, specLines } from './spec-lines.ts';

/** Undefined from a control plane that does not know yet, or not any more, what the document is. */
export async function fatesOf(client: Client, kind: KindDefinition, { metadata }: Document): Promise<FatesView | undefined> {
  const namespace = metadata.namespace === '' ? '-' : metadata.namespace;
  const word = kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
  return (await client.weft(`fates/${word}/${namespace}/${metadata.name}`)) as FatesView | undefined;
}

const STYLE = { overridden: 'cyan', ignored: 'yellow', rejected: 'red' } as const;

export function fateText(fate: FateView): string {
  switch (fate.kind) {
    case 'applied':
      return 'applied';
    case 'overridden':
      return `overridden by ${oneLine(fate.words)} (${placeText(fate.by)})`;
    case 'ignored':
      return `ignored, ${fate.code}: ${oneLine(fate.reason)}`;
    case 'rejected':
      return `rejected by ${fate.proxy}: ${oneLine(fate.words)}`;
  }
}

type Field = FatesView['fields'][number];

/** The spec as YAML; lines of fields that do not hold, or not everywhere, say so at their end. */
export function specWithFates({ paint }: Pick<Invocation, 'paint'>, spec: object, fates: FatesView | undefined): string {
  const fields = fates?.fields ?? [];
  const told = new Set<string>();
  return specLines(spec, 'spec')
    .map((line) => {
      const field = fieldOf(line, fields);
      if (field === undefined || (field.fate.kind === 'applied' && field.except.length === 0)) return `${line.text}\n`;
      const { fate, except } = field;
      if (fate.kind !== 'applied') {
        const words = told.has(fateText(fate)) ? '' : paint('dim', `  # ${fateText(fate)}`);
        told.add(fateText(fate));
        return `${paint(STYLE[fate.kind], line.text)}${words}\n`;
      }
      return [`${line.text}\n`, ...except.map((each) => paint('dim', `${line.indent}# but at ${each.place}: ${fateText(each.fate)}\n`))].join('');
    })
    .join('');
}

/** The field that a line shows: itself, the part of a list or map that is taken as a whole, or all that is below a heading, when that has one fate. */
function fieldOf({ path, leaf }: SpecLine, fields: readonly Field[]): Field | undefined {
  const exact = fields.find((field) => field.path === path);
  if (exact !== undefined) return exact;
  const around = fields.find((field) => isPart(path, field.path));
  if (around !== undefined && (leaf || around.fate.kind !== 'applied')) return { ...around, except: [] };
  return undefined;
}

function isPart(path: string, of: string): boolean {
  return path.startsWith(of) && /^[.[]/.test(path.slice(of.length));
}

/** Fields that do not hold, for kinds whose spec is not shown as it is: one line each, or '' when all hold. */
export function lostFields({ paint }: Pick<Invocation, 'paint'>, fates: FatesView | undefined): string {
  const lost = (fates?.fields ?? []).filter((field) => field.fate.kind !== 'applied');
  return lost.map(({ path, fate }) => (fate.kind === 'applied' ? '' : `${paint(STYLE[fate.kind], path)}  ${fateText(fate)}\n`)).join('');
}

/** `4 of 5 fields applied, 1 overridden`. */
export function fatesSummary({ fields, places, all }: FatesView): string {
  const count = (kind: FateView['kind']): number => fields.filter((field) => field.fate.kind === kind).length;
  const others = (['overridden', 'ignored', 'rejected'] as const).filter((kind) => count(kind) > 0).map((kind) => `${count(kind)} ${kind}`);
  const where = places === 0 ? '' : `  (at ${places}${all ? '' : ' and more'} place${places === 1 && all ? '' : 's'})`;
  return `${[`${count('applied')} of ${fields.length} applied`, ...others].join(', ')}${where}`;
}
