// weft proxies: who is connected, in sync, refused what and why.
import { setTimeout as wait } from 'node:timers/promises';
import type { PeerView, ProxyView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import type { CommandModule, Invocation } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit.ts';
import { OUTPUTS, type Output, readOutput, valueText } from '../../text/output.ts';
import { TablePrinter } from '../../text/table.ts';
import { tlsByIdentity } from '../../text/tls.ts';
import { HEADERS, proxyRow, refusalLines, servedLines, WIDE_HEADERS } from './lines.ts';

const REFRESH_MS = 1000;
const DAY_MS = 24 * 3_600_000;

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('-A, --all-namespaces', 'of all namespaces (so it is unless -n is given)')
      .option('-o, --output <form>', `one of ${OUTPUTS.join(', ')}`)
      .option('-w, --watch', 'then print every change');
  },

  async run(invocation, _args, options) {
    const output = readOutput(options['output'], OUTPUTS, 'table');
    const only = options['allNamespaces'] === true ? undefined : invocation.flags.namespace;
    const client = new Client(invocation);
    const tls = output === 'wide' ? await agreed(client, invocation) : undefined;
    let told = '';
    const tellSilent = (silent: readonly string[]): void => {
      const words = silent.join(', ');
      if (words !== '' && words !== told)
        invocation.io.err(`‼ ${words} of the control plane’s replicas did not answer: proxies that are connected there look disconnected\n`);
      told = words;
    };
    const ask = async (): Promise<readonly ProxyView[]> => {
      const { items, silent = [] } = (await client.weft(`proxies${only === undefined ? '' : `?namespace=${encodeURIComponent(only)}`}`)) as {
        readonly items: readonly ProxyView[];
        readonly silent?: readonly string[];
      };
      tellSilent(silent);
      return only === undefined ? items : items.filter((proxy) => proxy.namespace === only);
    };
    return options['watch'] === true ? follow({ invocation, output, tls }, ask) : once({ invocation, output, tls }, await ask(), only);
  },
};

interface Printing {
  readonly invocation: Invocation;
  readonly output: Output;
  /** What was agreed upon with callers in the last day, by identity; only when wide. */
  readonly tls: ReadonlyMap<string, string> | undefined;
}

/** Of this no one who may see proxies is to be kept from seeing them: without records, or the right to them, the column is empty. */
async function agreed(client: Client, { io }: Invocation): Promise<ReadonlyMap<string, string>> {
  const answer = await client.weft('records/peers', { since: io.now() - DAY_MS }).catch(() => undefined);
  return tlsByIdentity((answer as { readonly items: readonly PeerView[] } | undefined)?.items ?? []);
}

async function once(printing: Printing, proxies: readonly ProxyView[], only: string | undefined): Promise<ExitCode> {
  const { invocation, output } = printing;
  const { io } = invocation;
  if (output === 'json' || output === 'yaml') io.out(await valueText({ items: proxies }, output));
  else if (output === 'name') io.out(proxies.map((proxy) => `${proxy.id}\n`).join(''));
  else if (proxies.length > 0) io.out(printRows(printing, openPrinter(invocation, output), proxies));
  else io.err(`No proxies${only === undefined ? '' : ` in ${only} namespace`}.\n  start one: weft run --service NAME --port PORT -- COMMAND\n`);
  return EXIT.ok;
}

function openPrinter({ flags }: Invocation, output: Output): TablePrinter {
  return new TablePrinter(output === 'wide' ? WIDE_HEADERS : HEADERS, flags.headers);
}

function printRows({ invocation, tls }: Printing, printer: TablePrinter, proxies: readonly ProxyView[]): string {
  const now = invocation.io.now();
  const rows = proxies.map((proxy) => proxyRow(invocation, proxy, now, tls));
  return printer.print(rows, (row) => {
    const proxy = proxies[row];
    return proxy === undefined ? [] : [...servedLines(proxy), ...refusalLines(invocation, proxy, now)];
  });
}

/** What tells two states of a proxy apart; its memory is never twice the same. */
const stateText = ({ memoryBytes: _, ...proxy }: ProxyView): string => JSON.stringify(proxy);

/** Polls: proxies are not documents, so there is no watch of them. Prints those that changed in more than their ages. */
async function follow(printing: Printing, ask: () => Promise<readonly ProxyView[]>): Promise<ExitCode> {
  const { invocation, output } = printing;
  const { io } = invocation;
  const printer = openPrinter(invocation, output);
  let before = new Map<string, string>();
  while (!io.signal.aborted) {
    const proxies = await ask();
    const states = new Map(proxies.map((proxy) => [proxy.id, stateText(proxy)]));
    const gone = [...before.keys()].filter((id) => !states.has(id));
    const changed = proxies.filter((proxy) => states.get(proxy.id) !== before.get(proxy.id));
    if (output === 'json') for (const proxy of changed) io.out(`${JSON.stringify(proxy)}\n`);
    else if (output === 'yaml') for (const proxy of changed) io.out(`---\n${await valueText(proxy, 'yaml')}`);
    else if (output === 'name') for (const proxy of changed) io.out(`${proxy.id}\n`);
    else if (changed.length > 0) io.out(printRows(printing, printer, changed));
    for (const id of gone) io.err(`${id} is gone\n`);
    before = states;
    await wait(REFRESH_MS, undefined, { signal: io.signal }).catch(() => undefined);
  }
  return EXIT.interrupted;
}
