// weft traces: what requests went through, one line for each, newest first.
import type { TraceSummary, TracesView } from '../../../api/index.ts';
import { parseDuration } from '../../../model/index.ts';
import { Client } from '../../client/client.ts';
import type { CommandModule, Invocation, Options } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';
import { durationText } from '../../text/duration.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { readService } from '../../text/since.ts';
import { type Cell, tableText } from '../../text/table.ts';

const FORMS = ['table', 'wide', 'json', 'yaml', 'name'] as const;
const HEADERS = ['time', 'service', 'request', 'status', 'took', 'spans', 'services', 'trace'] as const;
const WIDE = [...HEADERS, 'inferred', 'sure', 'request id'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('-A, --all-namespaces', 'of all namespaces (so it is unless -n is given)')
      .option('--service <service>', 'only those that went through this service: NAME or NAMESPACE/NAME')
      .option('--status <status>', 'only with this status somewhere (404), or a class of them (5xx)')
      .option('--errors', 'only those in which something failed')
      .option('--min <duration>', 'only those that took as long: 500ms, 2s')
      .option('--max <duration>', 'only those that took no longer')
      .option('--path <path>', 'only with a path that begins so, somewhere')
      .option('--request <id>', 'only of this request, by the beginning of its x-request-id')
      .option('--since <duration>', 'how far back', '1h')
      .option('--limit <number>', 'at most so many, the newest', '50')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const view = (await new Client(invocation).weft(`traces?${queryOf(invocation, options)}`)) as TracesView | undefined;
    if (view === undefined) throw new CommandError(EXIT.failed, 'this control plane keeps no traces');
    if (form === 'json' || form === 'yaml') invocation.io.out(await valueText(view, form));
    else if (form === 'name') invocation.io.out(view.items.map(({ id }) => `${id}\n`).join(''));
    else if (view.items.length === 0) invocation.note(NONE);
    else invocation.io.out(printed(invocation, view.items, form === 'wide'));
    const lost = Object.entries(view.lost).filter(([, count]) => count > 0);
    if (lost.length > 0) invocation.note(`‼ spans were lost since the control plane started: ${lost.map(([name, count]) => `${name} ${count}`).join(', ')}`);
    return EXIT.ok;
  },
};

const NONE =
  'No traces like that are kept: one of a hundred requests is traced, all of those of the same seconds (TelemetryPolicy tracing.percent says how many).';

/** A duration, or milliseconds as a bare number. Throws CommandError 64. */
function milliseconds(option: string, text: string): string {
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) : parseDuration(text);
  if (ms === undefined) throw usageError(`--${option} ${text}: write how long, for example 500ms or 2s`);
  return String(ms);
}

const TAKEN = { status: 'status', min: 'minMs', max: 'maxMs', path: 'path', request: 'request', since: 'since', limit: 'limit' } as const;

const textOf = (option: string, text: string): string => (option === 'min' || option === 'max' ? milliseconds(option, text) : text);

function queryOf({ namespace, flags }: Invocation, options: Options): string {
  const service = readService(options['service'], namespace);
  const given = Object.entries(TAKEN).flatMap(([option, name]) =>
    options[option] === undefined ? [] : [[name, textOf(option, String(options[option]))] as const],
  );
  const query: readonly (readonly [string, string])[] = [
    ...given,
    ...(options['errors'] === true ? [['error', 'true'] as const] : []),
    ...(service === undefined ? [] : [['service', service] as const]),
    ...(service === undefined && flags.namespace !== undefined && options['allNamespaces'] !== true ? [['namespace', flags.namespace] as const] : []),
  ];
  return query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}

function row({ paint }: Invocation, trace: TraceSummary, wide: boolean): readonly Cell[] {
  const style = trace.error ? 'red' : trace.status >= 400 ? 'yellow' : 'green';
  const cells: readonly Cell[] = [
    trace.at.slice(11, 23),
    trace.service,
    trace.name,
    { text: trace.status === 0 ? '-' : String(trace.status), paint: (text) => paint(style, text) },
    durationText(trace.durationUs),
    String(trace.spans),
    String(trace.services.length),
    trace.id,
  ];
  return wide ? [...cells, String(trace.inferred), `${Math.floor(trace.confidence * 100)} %`, trace.requests[0] ?? '-'] : cells;
}

function printed(invocation: Invocation, traces: readonly TraceSummary[], wide: boolean): string {
  return tableText(
    wide ? WIDE : HEADERS,
    traces.map((trace) => row(invocation, trace, wide)),
    invocation.flags.headers,
  );
}
