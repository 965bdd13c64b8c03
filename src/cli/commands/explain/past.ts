// weft explain --request: what became of one request that was made, from what the proxies on its way told.
import type { PartView, RecordView, RequestView, TraceView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import type { Invocation } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { ageText } from '../../text/age.ts';
import { valueText } from '../../text/output.ts';
import { oneLine } from '../../text/plain.ts';
import { tableText } from '../../text/table.ts';
import { causeWords, nextStep } from './causes.ts';

const ID = /^[\w.:+/=@-]{4,128}$/;

/** Prints what is known of a past request; fails when nothing is. `id` may be the beginning of one, or all of `weft-reason`. */
export async function explainPast(invocation: Invocation, given: string, form: 'table' | 'json' | 'yaml'): Promise<ExitCode> {
  const id = /request=([^;\s]+)/.exec(given)?.[1] ?? given.trim();
  if (!ID.test(id))
    throw new CommandError(EXIT.usage, `--request ${JSON.stringify(given)} is no id: at least four characters of the one behind request= in weft-reason`);
  const views =
    ((await new Client(invocation).weft('records/requests', { request: id })) as { readonly items: readonly RequestView[] } | undefined)?.items ?? [];
  const [view] = views;
  if (view === undefined) throw new CommandError(EXIT.failed, NONE(id));
  if (views.length > 1) throw new CommandError(EXIT.failed, several(id, views));
  invocation.io.out(form === 'table' ? pastText(invocation, view) + (await traceText(invocation, view.request)) : await valueText(view, form));
  return EXIT.ok;
}

/** Where it can be seen as a whole, when it was traced; whoever may not see traces is told nothing of them. */
async function traceText(invocation: Invocation, request: string): Promise<string> {
  const view = (await new Client(invocation).weft(`traces/${encodeURIComponent(request)}`).catch(() => undefined)) as TraceView | undefined;
  return view === undefined ? '' : `  trace   ${view.spans} spans of ${view.services.join(', ')}: weft trace ${view.id.slice(0, 16)}\n`;
}

const NONE = (id: string): string =>
  `no request whose id begins with ${id} is known\n  kept are requests that failed or were refused, and one of a hundred others; a proxy tells of them within a second\n  what is kept: weft requests    the same request once more: weft explain --from CALLER --to SERVICE --path PATH`;

function several(id: string, views: readonly RequestView[]): string {
  const lines = views.slice(0, 10).map(({ request, records }) => `  ${request}  ${oneLine(records[0]?.method ?? '')} ${oneLine(records[0]?.path ?? '')}`);
  return `${id} is the beginning of several requests\n${lines.join('\n')}`;
}

/** The record that says why: of the proxy that answered by itself, the last one on the way inwards. */
export function decidingRecord(records: readonly RecordView[]): RecordView | undefined {
  const own = records.filter(({ own, cause }) => own && cause !== '');
  return own.findLast(({ side }) => side === 'inbound') ?? own.at(-1) ?? records.find(({ cause }) => cause !== '') ?? records.at(-1);
}

const nameOf = (identity: string): string => /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(identity)?.slice(1).join('/') ?? identity;

function placeText({ kind, namespace, name, file, line }: PartView): string {
  const document = `${kind} ${namespace}/${name}`;
  return file === undefined ? document : `${document} (${file}${line === undefined ? '' : `:${line}`})`;
}

const STATE: Readonly<Record<PartView['state'], string>> = {
  unchanged: '',
  changed: 'has changed since then: this is its place now',
  gone: 'is not there any more',
  unknown: 'may have changed since then: history does not reach back so far',
};

function headline(invocation: Invocation, { records, parts }: RequestView, record: RecordView): string {
  const age = `${ageText(invocation.io.now() - Date.parse(record.at))} ago`;
  const at = record.side === 'outbound' ? `${nameOf(record.source) || record.proxy} (outbound)` : `${record.service || record.proxy} (${record.side})`;
  const policy = parts.find(({ role }) => role === 'policy');
  const unmatched = record.cause === 'authz-denied' && record.details.endsWith('[none]') ? 'no ALLOW rule of ' : '';
  const by = policy === undefined ? '' : ` ${unmatched}${placeText(policy)}${unmatched === '' ? '' : ' is about it'}`;
  const { paint } = invocation;
  if (record.cause === '') {
    const last = records.at(-1) ?? record;
    const text = `${last.status === 0 ? 'no answer' : last.status} from the application of ${last.service || last.host} ${age}`;
    return paint(last.status >= 500 || last.status === 0 ? 'red' : 'green', oneLine(text));
  }
  return `${paint('red', oneLine(`${causeWords(record)} at ${at} ${age}`))}${by === '' ? '' : `:${by}`}`;
}

/** The whole answer as people read it. */
export function pastText(invocation: Invocation, view: RequestView): string {
  const record = decidingRecord(view.records);
  if (record === undefined) return '';
  const [first = record] = view.records;
  const rows = view.records.map((each) => [
    each.side,
    each.proxy,
    each.status === 0 ? '-' : String(each.status),
    each.cause || (each.own ? 'mesh' : 'application'),
    `${each.durationMs} ms`,
    String(each.attempts),
    each.flags.join(','),
    each.failure || each.details,
  ]);
  const notes = [
    ...view.parts.map(
      (part) =>
        `  ${part.role.padEnd(8)}${placeText(part)}${part.path === '' ? '' : `  ${part.path}`}${STATE[part.state] === '' ? '' : `  ${STATE[part.state]}`}`,
    ),
    ...view.records.flatMap(({ wouldDeny }) => wouldDeny.map((policy) => `  dry run ${oneLine(policy)} would have denied it`)),
  ];
  return [
    headline(invocation, view, record),
    `  ${oneLine(`${first.method} ${first.host}${first.path}`)}   request ${oneLine(view.request)}   ${record.at}`,
    `  caller  ${oneLine(first.source || `${first.sourceAddress} (no identity)`)}`,
    ...(record.reason === '' ? [] : [`  reason  ${oneLine(record.reason)}`]),
    ...new Set(notes),
    '',
    tableText(['side', 'proxy', 'status', 'decided by', 'took', 'tries', 'flags', 'details'], rows).trimEnd(),
    ...nextStep(record).map((line) => line),
    '',
  ].join('\n');
}
