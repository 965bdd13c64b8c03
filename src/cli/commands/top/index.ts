// weft top: the busiest requests now, by who asks whom for what.
import type { TapLine } from '../../../api/index.ts';
import { asCommandError } from '../../client/failure.ts';
import { type CommandModule, type Invocation, type Options, text } from '../../command.ts';
import { EXIT, type ExitCode, usageError } from '../../exit.ts';
import { msText, rateText } from '../../text/numbers.ts';
import { readOutput } from '../../text/output.ts';
import { tableText } from '../../text/table.ts';
import { successCell } from '../stat/index.ts';
import { TopTally } from './tally.ts';

const FORMS = ['table', 'json'] as const;
const HEADERS = ['source', 'destination', 'method', 'path', 'count', 'rps', 'success', 'best', 'worst', 'last'] as const;
const REFRESH_MS = 1000;
/** Home, and nothing below: what scrolled away above is the reader's. */
const CLEAR = '\u001b[H\u001b[J';
const ROWS = 30;

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('[service]', 'requests to this service: NAME or NAMESPACE/NAME; without one, of all of the namespace')
      .option('-A, --all-namespaces', 'of all namespaces')
      .option('--from <caller>', 'only of this workload or service account')
      .option('--path <path>', 'only paths that begin so')
      .option('--method <method>', 'only this method')
      .option('--status <status>', 'only this status (404), or a class of them (5xx)')
      .option('--max-rps <number>', 'at most so many requests a second are looked at', '100')
      .option('--paths', 'paths as they are, with ids and queries')
      .option('--for <seconds>', 'so long, then print the table once and end')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')} (json: one object per refresh)`);
  },

  async run(invocation, args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const seconds = text(options, 'for');
    if (seconds !== undefined && !/^\d{1,5}$/.test(seconds)) throw usageError(`--for ${seconds}: write a number of seconds`);
    const [service] = args;
    return watch(invocation, {
      path: `/weft/v1/tap?${queryOf(invocation, typeof service === 'string' ? service : undefined, options)}`,
      where: isEverywhere(options) ? 'the mesh' : `namespace ${invocation.namespace}`,
      seconds: seconds === undefined ? undefined : Number(seconds),
      paths: options['paths'] === true,
      json: form === 'json',
    });
  },
};

function queryOf({ namespace: own }: Invocation, service: string | undefined, options: Options): string {
  const namespace = isEverywhere(options) ? undefined : own;
  const named = service?.replace(/^(?:service|svc)\//, '');
  const fields = { namespace, service: named, from: text(options, 'from'), path: text(options, 'path'), method: text(options, 'method') };
  const more = { status: text(options, 'status'), maxRps: text(options, 'maxRps') };
  return Object.entries({ ...fields, ...more })
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');
}

const isEverywhere = (options: Options): boolean => options['allNamespaces'] === true;

interface Watched {
  /** Where it looks, in words. */
  readonly where: string;
  readonly path: string;
  readonly seconds: number | undefined;
  readonly paths: boolean;
  readonly json: boolean;
}

async function watch(invocation: Invocation, { path, where, seconds, paths, json }: Watched): Promise<ExitCode> {
  const { io, note } = invocation;
  const { http } = await invocation.session();
  const ending = new AbortController();
  const signal = AbortSignal.any([io.signal, ending.signal]);
  const tally = new TopTally();
  const standing: Standing = { where, telling: 0, waiting: 0, unseen: 0 };
  const began = performance.now();
  const show = (clear: boolean): void => {
    if (json) io.out(`${JSON.stringify({ items: tally.lines(ROWS) })}\n`);
    else {
      const table = tally.count === 0 ? '' : textOf(invocation, tally, (performance.now() - began) / 1000);
      io.out(clear ? `${CLEAR}${invocation.paint('dim', standingText(standing, tally.count))}\n${table}` : table);
    }
  };
  const live = seconds === undefined;
  const timers = [
    ...(live ? [setInterval(() => show(io.terminal), REFRESH_MS)] : []),
    ...(seconds === undefined ? [] : [setTimeout(() => ending.abort(), seconds * 1000)]),
  ];
  try {
    for await (const line of http.lines({ path, signal })) heard(invocation, line as TapLine, { standing, take: (request) => tally.add(request, paths) });
  } catch (error) {
    if (!signal.aborted) throw asCommandError(error);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
  if (!live) {
    show(false);
    if (tally.count === 0 || standing.unseen > 0) note(standingText(standing, tally.count).replace('   ^C ends it', ''));
  }
  return io.signal.aborted ? EXIT.interrupted : EXIT.ok;
}

/** What is known of who tells, and of what was told and not looked at. */
interface Standing {
  readonly where: string;
  telling: number;
  waiting: number;
  unseen: number;
}

function standingText({ where, telling, waiting, unseen }: Standing, seen: number): string {
  const proxies = `${telling} ${telling === 1 ? 'proxy tells' : 'proxies tell'}${waiting === 0 ? '' : `, ${waiting} not yet`}`;
  const all =
    telling + waiting === 0 ? `no proxy of ${where} is connected (-n NAMESPACE, -A)` : seen === 0 ? `no request in ${where} yet; ${proxies}` : proxies;
  return `${all}${unseen === 0 ? '' : `   ${unseen} more requests were not looked at (--max-rps)`}   ^C ends it`;
}

interface Hearing {
  readonly standing: Standing;
  take(request: TapLine & { kind: 'request' }): void;
}

function heard({ note }: Invocation, line: TapLine, { standing, take }: Hearing): void {
  if (line.kind === 'request') take(line);
  else if (line.kind === 'standing') Object.assign(standing, { telling: line.telling, waiting: line.waiting });
  else if (line.kind === 'dropped') standing.unseen += line.count;
  else note(`‼ the control plane ended it: ${line.why}`);
}

function textOf(invocation: Invocation, tally: TopTally, seconds: number): string {
  const rows = tally
    .lines(ROWS)
    .map((line) => [
      line.source,
      line.destination,
      line.method,
      line.path,
      String(line.count),
      rateText(line.count / Math.max(1, seconds)),
      successCell(invocation, 1 - line.failures / line.count),
      msText(line.bestUs / 1000),
      msText(line.worstUs / 1000),
      msText(line.lastUs / 1000),
    ]);
  return tableText(HEADERS, rows, invocation.flags.headers);
}
