// weft explain: what happens to a call, hop by hop, and which document decides it.
import type { ExplainView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import { collect } from '../../client/files.ts';
import type { CommandModule } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { explanationText } from './layout.ts';
import { explainPast } from './past.ts';

const FORMS = ['table', 'json', 'yaml'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .option('--from <caller>', 'workload or service that calls: web, or shop/web; gateway/NAME for clients of a Gateway')
      .option('--to <service>', 'what it calls: checkout, checkout.shop, with :PORT; at a Gateway the host, :53/udp for datagrams')
      .option('--path <path>', 'path, with its query', '/')
      .option('-X, --method <method>', 'method', 'GET')
      .option('-H, --header <header>', 'header as "name: value"; may be given several times', collect)
      .option('--request <id>', 'a request that was made, by the beginning of the id behind request= in its weft-reason')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, _args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    if (typeof options['request'] === 'string') return explainPast(invocation, options['request'], form);
    const view = (await new Client(invocation).weft('explain', questionOf(options, invocation.flags.namespace))) as ExplainView;
    invocation.io.out(
      form === 'table' ? explanationText(invocation, view, invocation.io.terminal ? invocation.io.columns : undefined) : await valueText(view, form),
    );
    return view.verdict.ok ? EXIT.ok : EXIT.failed;
  },
};

function questionOf(options: Readonly<Record<string, unknown>>, namespace: string | undefined): object {
  const { from, to, path, method } = options as Readonly<Record<string, string | undefined>>;
  if (from === undefined || to === undefined) throw new CommandError(EXIT.usage, 'say who calls whom: weft explain --from shop/web --to checkout --path /pay');
  if (path?.startsWith('/') !== true) throw new CommandError(EXIT.usage, `--path ${path} must begin with "/"`);
  const headers = ((options['header'] ?? []) as readonly string[]).map(readHeader);
  return {
    from: callerOf(from, namespace),
    to: hostOf(to),
    path,
    method,
    headers: Object.fromEntries(headers),
  };
}

/** Users paste what the application calls: `http://checkout.shop.mesh/pay` is the host of it. */
function hostOf(text: string): string {
  return text.replace(/^[a-z]+:\/\//, '').replace(/\/$/, '');
}

function readHeader(text: string): readonly [string, string] {
  const match = /^([^:\s]+)\s*:\s*(.*)$/.exec(text);
  if (match === null) throw new CommandError(EXIT.usage, `-H ${JSON.stringify(text)} is no header\n  write it as in curl: -H 'x-employee: true'`);
  return [(match[1] ?? '').toLowerCase(), match[2] ?? ''];
}

/** `web` in the namespace of `-n`; a Gateway keeps its word in front. */
function callerOf(from: string, namespace: string | undefined): string {
  const gateway = /^gateway\/([^/]+)$/.exec(from)?.[1];
  if (namespace === undefined || (from.includes('/') && gateway === undefined)) return from;
  return gateway === undefined ? `${namespace}/${from}` : `gateway/${namespace}/${gateway}`;
}
