// weft rollback: a document as it was before, or everything that one apply wrote.
import type { RollbackRequest, RollbackView, RolledBackView, VersionsView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import { readTargets } from '../../client/kinds.ts';
import { type CommandModule, type Invocation, text } from '../../command.ts';
import { EXIT, type ExitCode, usageError } from '../../exit.ts';
import { ageSince } from '../../text/age.ts';
import { fieldText, summaryText } from '../../text/change.ts';
import { tellDiagnostics } from '../../text/diagnostics.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { oneLine } from '../../text/plain.ts';
import { tableText } from '../../text/table.ts';

const FORMS = ['text', 'json', 'yaml'] as const;
type Form = (typeof FORMS)[number];

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('[type]', 'TYPE, or TYPE/NAME')
      .argument('[name]', 'name')
      .option('--to <revision>', 'as it was at this revision; default: the version before')
      .option('--change <revision>', 'undo everything that was written together with this revision (weft changes)')
      .option('--dry-run', 'show what would change, and change nothing')
      .option('--basis <basis>', 'of a rehearsal: refuse when anything was changed since')
      .option('--list', 'the versions that are kept')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, [type, name], options) {
    const form = readOutput(options['output'], FORMS, 'text');
    const asked = readAsked(invocation, [type, name], options);
    const client = new Client(invocation);
    if (options['list'] === true) return list(invocation, client, asked, form);
    const dryRun = options['dryRun'] === true;
    const basis = text(options, 'basis');
    const view = (await client.ask('POST', '/weft/v1/rollback', { ...asked, dryRun, ...(basis === undefined ? {} : { basis }) })) as RollbackView;
    if (form === 'text') print(invocation, view, asked);
    else invocation.io.out(await valueText(view, form));
    return EXIT.ok;
  },
};

function revisionOf(options: Readonly<Record<string, unknown>>, name: string): number | undefined {
  const value = text(options, name);
  if (value !== undefined && !/^[1-9]\d{0,14}$/.test(value)) throw usageError(`--${name} ${value} is no revision: weft changes shows them`);
  return value === undefined ? undefined : Number(value);
}

/** What the words and flags name. Throws CommandError 64. */
function readAsked(invocation: Invocation, words: readonly unknown[], options: Readonly<Record<string, unknown>>): RollbackRequest {
  const change = revisionOf(options, 'change');
  const to = revisionOf(options, 'to');
  const given = words.filter((word) => typeof word === 'string');
  if (change !== undefined) {
    if (given.length > 0 || to !== undefined || options['list'] === true)
      throw usageError('--change names everything by itself: leave type, name, --to and --list out');
    return { change };
  }
  if (given.length === 0) throw usageError('which document?\n  weft rollback TYPE NAME, or weft rollback --change REVISION');
  const [target, ...others] = readTargets(given);
  const [named, ...more] = target?.names ?? [];
  if (target === undefined || named === undefined || others.length + more.length > 0)
    throw usageError('name one document\n  weft rollback TYPE NAME, or weft rollback --change REVISION');
  const { kind } = target;
  const namespace = kind.namespaced ? { namespace: named.namespace ?? invocation.namespace } : {};
  return { group: kind.group, kind: kind.kind, name: named.name, ...namespace, ...(to === undefined ? {} : { to }) };
}

async function list({ io, flags }: Invocation, client: Client, asked: RollbackRequest, form: Form): Promise<ExitCode> {
  const query = new URLSearchParams(Object.entries(asked).map(([key, value]): [string, string] => [key, String(value)]));
  const view = (await client.ask('GET', `/weft/v1/versions?${query}`)) as VersionsView;
  if (form !== 'text') {
    io.out(await valueText(view, form));
    return EXIT.ok;
  }
  if (view.items.length === 0) io.err('No versions are kept: it was not changed since they are.\n');
  const rows = view.items.map(({ revision, at, who, deleted, fields }, index) => [
    String(revision),
    at === '' ? '' : `${ageSince(at, io.now())} ago`,
    oneLine(who),
    deleted ? 'deleted' : index === view.items.length - 1 ? 'the first that is kept' : summaryText(fields) || 'created',
  ]);
  if (rows.length > 0) io.out(tableText(['revision', 'when', 'who', 'what'], rows, flags.headers));
  return EXIT.ok;
}

const DONE = { restored: 'is', created: 'is there again,', deleted: 'is gone', unchanged: 'was already' } as const;
const WOULD = { restored: 'would be', created: 'would be there again,', deleted: 'would be gone', unchanged: 'is already' } as const;

function lineOf({ what, result, to }: RolledBackView, dryRun: boolean): string {
  const words = dryRun ? WOULD : DONE;
  const place = what.namespace === '' ? '' : `${what.namespace}/`;
  return `${what.kind} ${place}${what.name} ${words[result]} ${result === 'deleted' ? '' : `as at revision ${to}`}`.trimEnd();
}

function print(invocation: Invocation, { documents, dryRun, basis, diagnostics }: RollbackView, asked: RollbackRequest): void {
  const { io, paint, note } = invocation;
  tellDiagnostics(invocation, diagnostics);
  for (const each of documents) {
    io.out(`${dryRun ? '' : paint('green', '✔ ')}${lineOf(each, dryRun)}\n`);
    for (const field of each.fields) io.out(`    ${fieldText(field)}\n`);
  }
  if (dryRun)
    note(
      `  to do it: the same without --dry-run${asked.change === undefined ? '' : ', all of it or nothing'}; with --basis ${basis} it is refused when anything was changed since`,
    );
}
