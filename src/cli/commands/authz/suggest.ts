import type { SuggestionView } from '../../../api/index.ts';
import type { Invocation } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { ageSince } from '../../text/age.ts';
import { valueText } from '../../text/output.ts';
import { oneLine } from '../../text/plain.ts';
import { tableText } from '../../text/table.ts';

export interface Shown {
  readonly form: 'yaml' | 'json' | 'table';
  readonly since: string;
}

/** Documents on standard output, ready for `weft apply -f -`; what they rest on beside them. Fails when there is none. */
export async function printSuggestions(invocation: Invocation, suggestions: readonly SuggestionView[], { form, since }: Shown): Promise<ExitCode> {
  const { io, note } = invocation;
  const some = suggestions.filter(({ document }) => document !== undefined);
  if (form === 'json') io.out(await valueText({ items: suggestions }, 'json'));
  else if (form === 'table') io.out(callersText(invocation, suggestions));
  else io.out((await Promise.all(some.map((suggestion) => commented(invocation, suggestion)))).join('---\n'));
  if (some.length === 0) {
    note(`Nobody with an identity was let in during the last ${since}, so there is nothing to suggest.\n  who was refused: weft authz status`);
    return EXIT.failed;
  }
  note('next: weft apply it (DryRun denies nothing), wait for ordinary traffic, then: weft authz status');
  return EXIT.ok;
}

function basis({ io }: Invocation, { from, samples, callers, plaintext }: SuggestionView): readonly string[] {
  const seen =
    from === ''
      ? 'nothing'
      : `${callers.length} caller${callers.length === 1 ? '' : 's'} by all their connections, ${samples} requests by the sample, in ${ageSince(from, io.now())}`;
  const without = plaintext.map(({ address }) => oneLine(address));
  return [
    `observed: ${seen}`,
    ...(without.length === 0 ? [] : [`not in it, since they show no identity: ${[...new Set(without)].join(', ')} (weft mtls report)`]),
  ];
}

async function commented(invocation: Invocation, suggestion: SuggestionView): Promise<string> {
  const wide = suggestion.callers.filter(({ methods }) => methods.length === 0);
  const lines = [
    ...basis(invocation, suggestion),
    ...wide.map(({ account, port, samples }) => `${account} may ask anything of port ${port}: ${samples} sampled requests are too few to say more`),
    'DryRun: nothing is denied. Enforce when `weft authz status` shows no would-be denial over a time in which everything has happened once.',
  ];
  return `${lines.map((line) => `# ${oneLine(line)}\n`).join('')}${await valueText(suggestion.document, 'yaml')}`;
}

function callersText({ io, flags }: Invocation, suggestions: readonly SuggestionView[]): string {
  const rows = suggestions.flatMap(({ service, callers }) =>
    callers.map((caller) => [
      `${service}:${caller.port}`,
      caller.account,
      caller.methods.join(',') || 'any',
      caller.paths.join(' ') || 'any',
      String(caller.samples),
      `${ageSince(caller.last, io.now())} ago`,
    ]),
  );
  return tableText(['to', 'from', 'methods', 'paths', 'samples', 'last seen'], rows, flags.headers);
}
