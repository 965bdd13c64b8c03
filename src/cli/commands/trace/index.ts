// weft trace ID: one request as a tree with bars, service by service.
import type { TraceView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import { type CommandModule, words } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { jaegerOf, otlpOf } from './foreign.ts';
import { waterfall } from './waterfall.ts';

const FORMS = ['table', 'wide', 'json', 'yaml', 'otlp', 'jaeger'] as const;
const ID = /^[\w.:+/=@-]{8,128}$/;

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('<id>', 'id of a trace, its beginning (8 digits at least), or an x-request-id')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}; otlp and jaeger are JSON that other tools import`);
  },

  async run(invocation, args, options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const id = words(args[0])[0]?.replace(/^.*request=([^;\s]+).*$/s, '$1') ?? '';
    if (!ID.test(id)) throw new CommandError(EXIT.usage, `${JSON.stringify(id)} is no id: at least eight characters of one that \`weft traces\` prints`);
    const view = (await new Client(invocation).weft(`traces/${encodeURIComponent(id)}`)) as TraceView | undefined;
    if (view === undefined) throw new CommandError(EXIT.failed, NONE(id));
    if (form === 'json' || form === 'yaml') invocation.io.out(await valueText(view, form));
    else if (form === 'otlp' || form === 'jaeger') invocation.io.out(await valueText(form === 'otlp' ? otlpOf(view) : jaegerOf(view), 'json'));
    else invocation.io.out(waterfall(invocation, view, form === 'wide'));
    return EXIT.ok;
  },
};

const NONE = (id: string): string =>
  `no trace ${id} is kept\n  one of a hundred requests is traced, all of those of the same seconds; a proxy tells of them within some seconds\n  what is kept: weft traces    of requests that failed: weft explain --request ID`;
