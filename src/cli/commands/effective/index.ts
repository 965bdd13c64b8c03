// weft effective: what holds at a service, of every policy kind, with where each value comes from and whom it overrides.
import type { EffectiveRequest, EffectiveView } from '../../../api/index.ts';
import { Client } from '../../client/client.ts';
import type { CommandModule, Invocation, Options } from '../../command.ts';
import { text } from '../../command.ts';
import { CommandError, EXIT, type ExitCode } from '../../exit.ts';
import { readOutput, valueText } from '../../text/output.ts';
import { effectiveText } from './layout.ts';

const FORMS = ['table', 'wide', 'json', 'yaml'] as const;

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('<service>', 'service/NAME, service/NAMESPACE/NAME, or as an application calls it')
      .option('--from <caller>', 'workload, service or namespace that calls: its own policies and routes count')
      .option('--port <port>', 'only this port')
      .option('--route <route>', 'only this route, or rule: NAME or NAME/RULE')
      .option('-o, --output <form>', `one of ${FORMS.join(', ')}`);
  },

  async run(invocation, [service], options) {
    const form = readOutput(options['output'], FORMS, 'table');
    const request = requestOf(invocation, String(service), options);
    const view = (await new Client(invocation).weft('effective', request)) as EffectiveView;
    return tell(invocation, view, form);
  },
};

async function tell(invocation: Invocation, view: EffectiveView, form: (typeof FORMS)[number]): Promise<ExitCode> {
  const { problem } = view;
  if (problem !== undefined) throw new CommandError(EXIT.failed, [problem.text, ...problem.alternatives].join('\n  '));
  invocation.io.out(form === 'json' || form === 'yaml' ? await valueText(view, form) : effectiveText(invocation, view, form === 'wide'));
  return EXIT.ok;
}

/** `service/checkout` in the namespace of `-n`; what has a namespace or is a host name is taken as it is. */
function requestOf({ flags, namespace }: Invocation, word: string, options: Options): EffectiveRequest {
  const name = word.replace(/^(services?|svc)\//, '');
  const port = text(options, 'port');
  if (port !== undefined && !/^\d+$/.test(port)) throw new CommandError(EXIT.usage, `--port ${port} is no port number`);
  const from = text(options, 'from');
  const route = text(options, 'route');
  const plain = !/[/.:]/.test(name) && (flags.namespace !== undefined || from === undefined);
  return {
    service: plain ? `${namespace}/${name}` : name,
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(from === undefined ? {} : { from }),
    ...(route === undefined ? {} : { route }),
  };
}
