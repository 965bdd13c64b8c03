// weft audit: who did what, newest first; and whether somebody changed the log.
import { Client } from '../../client/client.ts';
import { type CommandModule, type Invocation, text } from '../../command.ts';
import { EXIT, type ExitCode, usageError } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { tableText } from '../../text/table.ts';

interface AuditRecord {
  readonly seq: number;
  readonly at: string;
  readonly who: string;
  readonly verb: string;
  readonly what: string;
  readonly result: string;
  readonly hash: string;
  /** Of several control planes, the one that has it in its log. */
  readonly replica?: string;
}

/** What several control planes say, each of its own log. */
interface Elsewhere {
  readonly replica?: string;
  readonly others?: readonly { readonly replica: string; readonly verdict: Verdict }[];
  readonly silent?: readonly string[];
}

type Verdict =
  | { readonly ok: true; readonly records: number; readonly first: number; readonly head: { readonly seq: number; readonly hash: string } }
  | { readonly ok: false; readonly records: number; readonly at: number; readonly why: string };

const FORMS = ['table', 'wide', 'json', 'yaml'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .usage('[list | verify] [flags]')
      .addArgument(declared.createArgument('[action]', 'list (default), or verify').choices(['list', 'verify']))
      .option('--limit <count>', 'how many records, at most 500', '50')
      .option('--before <number>', 'only records before this one')
      .option('--head <hash>', 'verify: the hash of a record that was noted elsewhere; it must still be there')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, [action], options) {
    const form = readOutput(options['output'], FORMS, 'table');
    if (action === 'verify') return verify(invocation, text(options, 'head'), form);
    const query = ['limit', 'before'].flatMap((name) => {
      const value = text(options, name);
      if (value !== undefined && !/^\d{1,9}$/.test(value)) throw usageError(`--${name} ${value} is no number`);
      return value === undefined ? [] : [`${name}=${value}`];
    });
    const { namespace } = invocation.flags;
    if (namespace !== undefined) query.push(`namespace=${encodeURIComponent(namespace)}`);
    const { items, silent } = (await new Client(invocation).ask('GET', `/weft/v1/audit?${query.join('&')}`)) as {
      readonly items: readonly AuditRecord[];
      readonly silent?: readonly string[];
    };
    tellSilent(invocation, silent);
    if (form === 'json' || form === 'yaml') invocation.io.out(await valueText({ items }, form));
    else invocation.io.out(recordsText(items, form === 'wide', invocation.flags.headers));
    return EXIT.ok;
  },
};

function recordsText(items: readonly AuditRecord[], wide: boolean, headers: boolean): string {
  // Numbers are each replica's own.
  const several = items.some(({ replica }) => replica !== undefined);
  const rows = items.map(({ seq, at, who, verb, what, result, hash, replica = '' }) => [
    ...[String(seq), at, who, verb, what, result],
    ...(several ? [replica] : []),
    ...(wide ? [hash] : []),
  ]);
  return tableText(['NUMBER', 'AT', 'WHO', 'DID', 'WHAT', 'RESULT', ...(several ? ['REPLICA'] : []), ...(wide ? ['HASH'] : [])], rows, headers);
}

function tellSilent(invocation: Invocation, silent: readonly string[] = []): void {
  if (silent.length > 0) invocation.io.err(`‼ ${silent.join(', ')} did not answer: what is in the log there is not shown\n`);
}

/** One line for each of the other logs; whether all are whole. */
function otherVerdicts(invocation: Invocation, { others = [], silent }: Elsewhere): boolean {
  for (const { replica, verdict } of others) {
    if (verdict.ok) invocation.io.out(`✔ ${replica}: ${verdict.records} records: none was changed, removed or added in between\n`);
    else invocation.io.out(`${invocation.paint('red', '×')} ${replica}: its audit log was changed: record ${verdict.at}: ${verdict.why}\n`);
  }
  tellSilent(invocation, silent);
  return others.every(({ verdict }) => verdict.ok);
}

async function verify(invocation: Invocation, noted: string | undefined, form: (typeof FORMS)[number]): Promise<ExitCode> {
  const client = new Client(invocation);
  const verdict = (await client.ask('GET', '/weft/v1/audit/verdict')) as Verdict & Elsewhere;
  const found = noted === undefined || (verdict.ok && (await isThere(client, noted)));
  if (form === 'json' || form === 'yaml') invocation.io.out(await valueText(noted === undefined ? verdict : { ...verdict, noted, found }, form));
  else if (!verdict.ok) invocation.io.out(`${invocation.paint('red', '×')} the audit log was changed: record ${verdict.at}: ${verdict.why}\n`);
  else {
    const { records, first, head } = verdict;
    invocation.io.out(`✔ ${records} records, ${first} to ${head.seq}: none was changed, removed or added in between\n`);
    if (noted !== undefined) invocation.io.out(found ? `✔ ${noted} is one of them\n` : `${invocation.paint('red', '×')} no record has the hash ${noted}\n`);
    invocation.note(`  the last hash is ${head.hash}: note it elsewhere, and later ask: weft audit verify --head ${head.hash.slice(0, 16)}`);
  }
  const others = form === 'json' || form === 'yaml' ? (verdict.others ?? []).every((each) => each.verdict.ok) : otherVerdicts(invocation, verdict);
  return verdict.ok && others && found ? EXIT.ok : EXIT.failed;
}

/** Looks for a hash, or its beginning, from the newest record on. */
async function isThere(client: Client, noted: string): Promise<boolean> {
  for (let before = ''; ; ) {
    const { items } = (await client.ask('GET', `/weft/v1/audit?limit=500&here=true${before}`)) as { readonly items: readonly AuditRecord[] };
    if (items.some(({ hash }) => hash.startsWith(noted))) return true;
    const last = items.at(-1);
    if (last === undefined) return false;
    before = `&before=${last.seq}`;
  }
}
