// weft tap: requests as they happen.
import { TAP_DEFAULT_RPS, TAP_MOST_RPS, type TapLine, type TapRequest } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import { type CommandModule, type Invocation, type Options, words } from '../../command.ts';
import { CommandError, EXIT, type ExitCode, usageError } from '../../exit.ts';
import { readOutput } from '../../text/output.ts';
import { TablePrinter } from '../../text/table.ts';
import { HEADERS, headerLines, row, WIDE } from './lines.ts';
import { readTarget } from './target.ts';

const FORMS = ['table', 'wide', 'json'] as const;
type Form = (typeof FORMS)[number];
/** Refused rather than left out: who asks for bodies must not take their absence for empty ones. docs/decisions/0041. */
const NO_BODIES =
  '--bodies: Envoy has no bounded way to tell bodies to the control plane; --headers has headers, and an HTTPRoute filter RequestMirror sends copies of requests to a service of yours (docs/tap.md)';
const NAMED = ['method', 'path', 'status', 'authority', 'scheme', 'side', 'selector'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('[target...]', 'service/NAME, workload/NAME, gateway/NAME or namespace/NAME; nothing = all of the namespace')
      .option('--from <caller>', 'only of this caller (workload, service account or service), and as its own proxy sees it, too')
      .option('--to <service>', 'only to this service')
      .option('--method <method>', 'only this method')
      .option('--path <path>', 'only paths that begin so')
      .option('--status <status>', 'only this status (404), or a class of them (5xx)')
      .option('--authority <host>', 'only hosts that begin so')
      .option('--scheme <scheme>', 'only http or https')
      .option('--side <side>', 'only as the outbound, inbound or gateway side saw it')
      .option('-l, --selector <labels>', 'only workloads with these labels')
      .option('-A, --all-namespaces', 'of all namespaces')
      .option('--headers', 'with headers of requests and answers; of secrets only that they are there')
      .option('--bodies', 'is refused, with what to do instead: Envoy tells no bodies')
      .option('--max-rps <number>', `at most so many requests a second, up to ${TAP_MOST_RPS}; the others are counted`, String(TAP_DEFAULT_RPS))
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, [target], options) {
    if (options['bodies'] === true) throw usageError(NO_BODIES);
    const form = readOutput(options['output'], FORMS, 'table');
    const everywhere = options['allNamespaces'] === true;
    const query = queryOf(options, { ...readTarget(invocation, words(target), everywhere) }, invocation.namespace);
    return follow(invocation, query, form);
  },
};

const place = (value: unknown, namespace: string): string => {
  const text = String(value).replace(/^(?:service|svc|workload|wl|gateway|gtw)\//, '');
  return text.includes('/') ? text : `${namespace}/${text}`;
};

function queryOf(options: Options, target: Readonly<Record<string, string>>, namespace: string): Readonly<Record<string, string>> {
  const maxRps = Number(options['maxRps']);
  if (!Number.isInteger(maxRps) || maxRps < 1 || maxRps > TAP_MOST_RPS)
    throw usageError(`--max-rps ${String(options['maxRps'])}: write a number from 1 to ${TAP_MOST_RPS}`);
  return {
    ...target,
    ...Object.fromEntries(NAMED.flatMap((name) => (options[name] === undefined ? [] : [[name, String(options[name])]]))),
    ...(options['from'] === undefined ? {} : { from: place(options['from'], namespace) }),
    ...(options['to'] === undefined ? {} : { to: place(options['to'], namespace) }),
    ...(options['headers'] === true ? { headers: 'true' } : {}),
    maxRps: String(maxRps),
  };
}

const DROPPED = {
  'max-rps': 'more than --max-rps',
  'slow-reader': 'faster than they could be written here',
  behind: 'faster than the control plane could take them',
} as const;

/** What is told beside requests goes to stderr, so that a pipe has requests only. */
class Telling {
  readonly #invocation: Invocation;
  #stood = '';

  constructor(invocation: Invocation) {
    this.#invocation = invocation;
  }

  tell(line: Exclude<TapLine, TapRequest>): void {
    if (line.kind === 'dropped')
      this.#invocation.note(`‼ ${line.count} ${line.count === 1 ? 'request is' : 'requests are'} not shown: ${DROPPED[line.why] ?? line.why}`);
    else if (line.kind === 'standing') this.#standing(line);
  }

  #standing({ telling, waiting }: TapLine & { readonly kind: 'standing' }): void {
    const words =
      telling + waiting === 0
        ? 'no proxy like that is connected: failures of callers are shown, and others as soon as one is'
        : `${telling} ${telling === 1 ? 'proxy tells' : 'proxies tell'}${waiting === 0 ? '' : `, ${waiting} not yet`}   (^C ends it)`;
    if (words === this.#stood) return;
    this.#stood = words;
    this.#invocation.note(words);
  }
}

async function follow(invocation: Invocation, query: Readonly<Record<string, string>>, form: Form): Promise<ExitCode> {
  const { io } = invocation;
  const printer = new TablePrinter(form === 'wide' ? WIDE : HEADERS, invocation.flags.headers);
  const telling = new Telling(invocation);
  for await (const line of new Client(invocation).tap(query)) {
    if (line.kind === 'ended') throw new CommandError(EXIT.unreachable, `the tap has ended: ${line.why}`);
    if (line.kind !== 'request') telling.tell(line);
    else if (form === 'json') io.out(`${JSON.stringify(line)}\n`);
    else io.out(printer.print([row(invocation, line, form === 'wide')], () => headerLines(line)));
  }
  if (io.signal.aborted) return EXIT.interrupted;
  throw new CommandError(EXIT.unreachable, 'the tap has ended: the control plane is gone');
}
