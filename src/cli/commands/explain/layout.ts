import type { ExplainStep, ExplainView } from '../../../api/index.ts';
import type { Invocation } from '../../command.ts';
import { oneLine } from '../../text/plain.ts';

/** A column is not made wider than this for the sake of one long text. */
const WIDEST = { value: 44, note: 64 } as const;
const GAP = '  ';

function place({ origin, note }: ExplainStep): string {
  if (origin === undefined) return '';
  if (origin.file !== undefined) return `${origin.file}${origin.line === undefined ? '' : `:${origin.line}`}`;
  const document = `${origin.kind} ${origin.namespace === '' ? '' : `${origin.namespace}/`}${origin.name}`;
  return note.startsWith(document) ? '' : document;
}

function widest(texts: readonly string[], limit = Number.POSITIVE_INFINITY): number {
  return Math.max(0, ...texts.map((text) => [...text].length).filter((width) => width <= limit));
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}

/** A note for which there is no room stands below what it is about. */
function besideOrBelow(left: string, { step, columns, noteWidth, indent }: Placed, paint: Invocation['paint']): string {
  const [note, where] = [oneLine(step.note), oneLine(place(step))];
  const beside = [left, pad(note, noteWidth), where].join(GAP).trimEnd();
  if ([...beside].length <= columns || (note === '' && where === '')) return [left, pad(note, noteWidth), paint('dim', where)].join(GAP).trimEnd();
  const below = note === '' ? where : where === '' ? note : `${note} · ${where}`;
  return `${left.trimEnd()}\n${paint('dim', wrapped(below, columns, indent))}`;
}

interface Placed {
  readonly step: ExplainStep;
  readonly columns: number;
  readonly noteWidth: number;
  readonly indent: number;
}

/** Between words, each line as far in as the first. */
function wrapped(text: string, columns: number, indent: number): string {
  const room = Math.max(20, columns - indent);
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.pop();
    if (last === undefined) lines.push(word);
    else if ([...last].length + 1 + [...word].length > room) lines.push(last, word);
    else lines.push(`${last} ${word}`);
  }
  return lines.map((line) => ' '.repeat(indent) + line).join('\n');
}

/**
 * An explanation as people read it: hops numbered, under each the steps with subject, value, note and the place that decides; then the
 * verdict and what would change it. On a terminal of so many columns nothing is broken by it.
 */
export function explanationText({ paint }: Pick<Invocation, 'paint'>, { title, hops, verdict }: ExplainView, columns = Number.POSITIVE_INFINITY): string {
  const steps = hops.flatMap((hop) => hop.steps);
  const widths = {
    title: widest(hops.map((hop) => oneLine(hop.title))),
    subject: widest(steps.map((step) => oneLine(step.subject))),
    value: widest(
      steps.map((step) => oneLine(step.value)),
      WIDEST.value,
    ),
    note: widest(
      steps.map((step) => oneLine(step.note)),
      WIDEST.note,
    ),
  };
  const digits = String(hops.length).length;
  const narrow = digits + widths.title + widths.subject + widths.value + widths.note + 5 * GAP.length > columns;
  const lines = hops.flatMap((hop, number) =>
    hop.steps.map((step, at) => {
      const ordinal = at === 0 ? pad(String(number + 1), digits) : ' '.repeat(digits);
      const hopTitle = at === 0 ? pad(oneLine(hop.title), widths.title) : ' '.repeat(widths.title);
      const cells = [pad(oneLine(step.subject), widths.subject), pad(oneLine(step.value), narrow ? 0 : widths.value)];
      const left = [`  ${ordinal}`, hopTitle, ...cells].join(GAP);
      const indent = 2 + digits + GAP.length + widths.title + GAP.length + GAP.length;
      const line = besideOrBelow(left, { step, columns, noteWidth: narrow ? 0 : widths.note, indent }, paint);
      return at === 0 ? line.replace(hopTitle, paint('bold', hopTitle)) : line;
    }),
  );
  const end = verdict.ok ? paint('green', `✔ ${oneLine(verdict.text)}`) : paint('red', `× ${oneLine(verdict.text)}`);
  return [paint('bold', oneLine(title)), ...lines, end, ...verdict.alternatives.map((each) => `    ${oneLine(each)}`), ''].join('\n');
}
