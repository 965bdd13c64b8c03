// A report as text: a section for each subject, a line for each thing that was looked at, and below it what was found there.
import { describeOrigin } from '../../../base/index.ts';
import type { Invocation } from '../../command.ts';
import { ageSince } from '../../text/age.ts';
import { oneLine } from '../../text/plain.ts';
import { type Finding, found, type Line, type Section, worst } from './line.ts';

const SIGN = { ok: '✔', error: '×', warning: '‼', info: 'ℹ', skipped: '·' } as const;
const STYLE = { ok: 'green', error: 'red', warning: 'yellow', info: 'cyan', skipped: 'dim' } as const;
/** So many of one kind are shown; `-o wide` shows all. */
const SHOWN = 5;

type Out = Pick<Invocation, 'paint' | 'io'>;

const place = ({ at }: Finding): string => (at?.file === undefined ? '' : `   ${oneLine(describeOrigin(at)).split('  ')[0]}`);
/** What is known since this moment alone says nothing of how long it has been so. */
function since({ since: at }: Finding, now: number): string {
  const age = at === undefined ? '0s' : ageSince(at, now);
  return age === '0s' ? '' : `, for ${age}`;
}

const blame = ({ after }: Finding): string =>
  after === undefined
    ? ''
    : `, right after ${after.what.kind} ${after.what.namespace === '' ? '' : `${after.what.namespace}/`}${after.what.name} was changed by ${after.who} (${after.summary})`;

/** What it follows from is said instead of what to do: it is there that something is to be done. */
const follows = ({ behind = [] }: Finding): string =>
  behind.length === 0 ? '' : `      → follows from ${oneLine(behind.slice(0, 3).join(', '))}, which it calls\n`;

/** `said`: its hint was, by the one before. */
function findingText({ paint, io }: Out, each: Finding, said: boolean): string {
  const { code, severity, words, hint, next } = each;
  const head = `    ${paint(STYLE[severity], SIGN[severity])} ${oneLine(words)}${since(each, io.now())}${oneLine(blame(each))}   ${paint('dim', code)}${place(each)}\n`;
  return `${head}${follows(each)}${hint === '' || said || each.behind !== undefined ? '' : `      → ${oneLine(hint)}\n`}      → ${paint('cyan', next)}\n`;
}

function lineText(out: Out, { words, skipped, findings }: Line, wide: boolean): string {
  const { paint } = out;
  const level = worst(findings) ?? (skipped === '' ? 'ok' : 'skipped');
  const head = `${paint(STYLE[level], SIGN[level])} ${words}${skipped === '' ? '' : paint('dim', `  (not looked at: ${skipped})`)}\n`;
  const shown = wide ? findings : findings.slice(0, SHOWN);
  const rest = findings.length - shown.length;
  return `${head}${shown.map((each, at) => findingText(out, each, each.hint === shown[at - 1]?.hint)).join('')}${rest > 0 ? `    and ${rest} more: -o wide\n` : ''}`;
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** `1 error, 2 warnings`; what is only worth knowing is not counted. */
export function summaryOf(sections: readonly Section[]): string {
  const all = found(sections);
  const count = (severity: Finding['severity']): number => all.filter((each) => each.severity === severity).length;
  const said = (['error', 'warning'] as const).flatMap((severity) => (count(severity) === 0 ? [] : [plural(count(severity), severity)]));
  return said.join(', ');
}

export function reportText(out: Out, sections: readonly Section[], wide: boolean): string {
  const { paint } = out;
  const blocks = sections.map(({ name, lines }) => `${paint('bold', name)}\n${lines.map((line) => lineText(out, line, wide)).join('')}\n`);
  const summary = summaryOf(sections);
  const level = worst(found(sections));
  const last =
    summary === '' ? paint('green', `${SIGN.ok} nothing is wrong`) : paint(level === 'error' ? 'red' : 'yellow', `${SIGN[level ?? 'warning']} ${summary}`);
  return `${blocks.join('')}${last}\n`;
}

/** A line for each finding, nothing else. */
export function shortText({ paint }: Out, sections: readonly Section[]): string {
  return found(sections)
    .map((each) => `${paint(STYLE[each.severity], SIGN[each.severity])} ${each.code}  ${oneLine(each.words)} → ${each.next}\n`)
    .join('');
}
