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
  return document === note ? '' : document;
}

function widest(texts: readonly string[], limit = Number.POSITIVE_INFINITY): number {
  return Math.max(0, ...texts.map((text) => [...text].length).filter((width) => width <= limit));
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length));
}

/**
 * An explanation as people read it: hops numbered, under each the steps with subject, value, note and the place that decides; then the
 * verdict and what would change it.
 */
export function explanationText({ paint }: Pick<Invocation, 'paint'>, { title, hops, verdict }: ExplainView): string {
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
  const lines = hops.flatMap((hop, number) =>
    hop.steps.map((step, at) => {
      const head =
        at === 0
          ? `${pad(String(number + 1), digits)}${GAP}${paint('bold', pad(oneLine(hop.title), widths.title))}`
          : ' '.repeat(digits + GAP.length + widths.title);
      const cells = [pad(oneLine(step.subject), widths.subject), pad(oneLine(step.value), widths.value), pad(oneLine(step.note), widths.note)];
      return [`  ${head}`, ...cells, paint('dim', oneLine(place(step)))].join(GAP).trimEnd();
    }),
  );
  const end = verdict.ok ? paint('green', `✔ ${oneLine(verdict.text)}`) : paint('red', `× ${oneLine(verdict.text)}`);
  return [paint('bold', oneLine(title)), ...lines, end, ...verdict.alternatives.map((each) => `    ${oneLine(each)}`), ''].join('\n');
}
