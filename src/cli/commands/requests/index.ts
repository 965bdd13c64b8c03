// weft requests: what proxies told of requests: failures, refusals, and a sample of the others.
import { setTimeout as wait } from 'node:timers/promises';
import type { RecordsView, RecordView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import type { CommandModule, Invocation, Options } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { accountText } from '../../text/identity.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { readService, readSince } from '../../text/since.ts';
import { type Cell, TablePrinter } from '../../text/table.ts';

const FORMS = ['table', 'wide', 'json', 'yaml'] as const;
type Form = (typeof FORMS)[number];
const HEADERS = ['time', 'side', 'from', 'to', 'status', 'cause', 'request', 'took', 'id'] as const;
const WIDE = [...HEADERS, 'policy', 'route', 'flags', 'proxy', 'failure'] as const;
const POLL_MS = 500;

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('--service <service>', 'only to this service: NAME or NAMESPACE/NAME')
      .option('--from <account>', 'only of this caller: NAME or NAMESPACE/NAME of its service account')
      .option('--path <path>', 'only paths that begin so')
      .option('--status <status>', 'only this status (404), or a class of them (5xx)')
      .option('--cause <cause>', 'only with this cause (authz-denied, timeout, …), or `any` cause')
      .option('--side <side>', 'only records of outbound, inbound, gateway or connection')
      .option('--since <duration>', 'how far back', '1h')
      .option('--limit <number>', 'at most so many, the newest', '100')
      .option('-w, --watch', 'then print what comes, until ^C')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const query = queryOf(invocation, options);
    const ask = asker(invocation);
    const printer = new TablePrinter(form === 'wide' ? WIDE : HEADERS, invocation.flags.headers);
    const first = await ask(query);
    if (options['watch'] === true) return follow(invocation, { first, query, ask, form, printer });
    if (form === 'json' || form === 'yaml') invocation.io.out(await valueText({ items: first.items }, form));
    else if (first.items.length > 0) invocation.io.out(printer.print(first.items.map((record) => row(invocation, record, form))));
    else invocation.note('No requests like that are kept: failures and refusals are, and one of a hundred others.');
    tellLoss(invocation, first);
    return EXIT.ok;
  },
};

type Query = Readonly<Record<string, string | number>>;
type Ask = (query: Query) => Promise<RecordsView>;

function asker(invocation: Invocation): Ask {
  const client = new Client(invocation);
  return async (query) => {
    const found = (await client.weft('records', query)) as RecordsView | undefined;
    if (found === undefined) throw new CommandError(EXIT.failed, 'this control plane keeps no records');
    return found;
  };
}

function queryOf({ namespace, io }: Invocation, options: Options): Query {
  const plain = Object.fromEntries(['path', 'status', 'cause', 'side'].flatMap((name) => (options[name] === undefined ? [] : [[name, String(options[name])]])));
  const service = readService(options['service'], namespace);
  const from = readService(options['from'], namespace);
  return {
    ...plain,
    ...(service === undefined ? {} : { service }),
    ...(from === undefined ? {} : { from }),
    since: readSince(String(options['since']), io.now()),
    limit: Number(options['limit']),
  };
}

const STYLE = (record: RecordView) =>
  (record.status >= 500 || record.status === 0 ? 'red' : record.cause !== '' ? 'yellow' : 'green') as 'red' | 'yellow' | 'green';

function row({ paint }: Invocation, record: RecordView, form: Form): readonly Cell[] {
  const status = record.status === 0 ? '-' : `${record.status}${record.grpcStatus === '' ? '' : ` grpc ${record.grpcStatus}`}`;
  const cells: readonly Cell[] = [
    record.at.slice(11, 23),
    record.side,
    record.source === '' ? record.sourceAddress : accountText(record.source),
    record.service === '' ? record.host : `${record.service}:${record.port}`,
    { text: status, paint: (text) => paint(STYLE(record), text) },
    record.cause || (record.wouldDeny.length > 0 ? 'would be denied' : '-'),
    `${record.method} ${record.path}`.trim() || '-',
    `${record.durationMs} ms`,
    record.request.slice(0, 8) || '-',
  ];
  const policy = record.policy || record.wouldDeny.join(',');
  return form === 'wide' ? [...cells, policy || '-', record.route || '-', record.flags.join(',') || '-', record.proxy, record.failure || '-'] : cells;
}

interface Following {
  readonly first: RecordsView;
  readonly query: Query;
  readonly ask: Ask;
  readonly form: Form;
  readonly printer: TablePrinter;
}

async function follow(invocation: Invocation, { first, query, ask, form, printer }: Following): Promise<ExitCode> {
  const { io } = invocation;
  let seen = first;
  while (!io.signal.aborted) {
    if (form === 'json') for (const record of seen.items) io.out(`${JSON.stringify(record)}\n`);
    else if (form === 'yaml') for (const record of seen.items) io.out(`---\n${await valueText(record, 'yaml')}`);
    else if (seen.items.length > 0) io.out(printer.print(seen.items.map((record) => row(invocation, record, form))));
    await wait(POLL_MS, undefined, { signal: io.signal }).catch(() => undefined);
    if (io.signal.aborted) break;
    const next = await ask({ ...query, after: seen.next, limit: 1000 });
    if (sum(next) > sum(seen)) tellLoss(invocation, next);
    seen = next;
  }
  return EXIT.interrupted;
}

const sum = ({ lost }: RecordsView): number => Object.values(lost).reduce((all, each) => all + each, 0);

function tellLoss({ note }: Invocation, view: RecordsView): void {
  const lost = Object.entries(view.lost).filter(([, count]) => count > 0);
  if (lost.length > 0) note(`‼ records were lost since the control plane started: ${lost.map(([name, count]) => `${name} ${count}`).join(', ')}`);
}
