import type { EffectiveView } from '../../../api/index.ts';
import type { Origin } from '../../../base/index.ts';
import { valueWords } from '../../../policy/index.ts';
import type { Invocation } from '../../command.ts';
import { type Cell, tableText } from '../../text/table.ts';

type Policy = EffectiveView['places'][number]['policies'][number];
type Value = Policy['values'][number];

/** `policies.yaml:8`; without a file, the document. */
export function placeText({ kind, namespace, name, file, line }: Origin): string {
  if (file !== undefined) return `${file}${line === undefined ? '' : `:${line}`}`;
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/** A table for each place at which anything holds; `wide` also has what nobody wrote, and the places of who is overridden. */
export function effectiveText(invocation: Invocation, { title, places }: EffectiveView, wide: boolean): string {
  const { paint } = invocation;
  const tables = places.flatMap((place) => {
    const rows = place.policies.flatMap((policy) =>
      policy.values.filter((value) => wide || isSaid(place.title, policy, value)).map((value) => rowOf(invocation, { policy, value, wide })),
    );
    if (rows.length === 0) return [];
    return [`${paint('bold', place.title)}\n${indented(tableText(['policy', 'field', 'value', 'from', 'place', 'overrides'], rows))}`];
  });
  const more = wide ? [] : ['other defaults: -o wide\n'];
  return [`${title}\n`, ...tables, ...more].join('\n');
}

const FIRST: Readonly<Record<string, readonly string[]>> = { TimeoutPolicy: ['request'], RetryPolicy: ['attempts'] };
const OF_CONNECTIONS: readonly string[] = ['budget.percent'];

/** Defaults are shown where they say how long and how often; the rest of them with -o wide. */
function isSaid(place: string, { kind }: Policy, { path, from, over }: Value): boolean {
  const byDefault = over.length === 0 && (/default/.test(from.words) || from.origin.kind === 'Mesh');
  const first = /^connections/.test(place) ? OF_CONNECTIONS : (FIRST[kind] ?? []);
  return !byDefault || first.includes(path);
}

interface Row {
  readonly policy: Policy;
  readonly value: Value;
  readonly wide: boolean;
}

function rowOf({ paint }: Invocation, { policy: { subject }, value: { path, value, from, over, ignored }, wide }: Row): readonly Cell[] {
  const others = over.map((each) => `${each.words} ${valueWords(each.value)}${wide ? ` (${placeText(each.origin)})` : ''}`).join(', ');
  const why = ignored === undefined ? others : `no effect here: ${ignored}`;
  return [
    subject,
    path,
    { text: valueWords(value), paint: (shown) => paint(ignored === undefined ? 'bold' : 'yellow', shown) },
    from.words,
    { text: placeText(from.origin) === from.words ? '-' : placeText(from.origin), paint: (shown) => paint('dim', shown) },
    why === '' ? '-' : why,
  ];
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
