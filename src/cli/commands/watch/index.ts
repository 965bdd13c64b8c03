// weft watch: weft get -w.
import { readTargets } from '../../client/kinds.ts';
import type { CommandModule } from '../../command.ts';
import { OUTPUTS } from '../../text/output.ts';
import { get } from '../get/index.ts';

export const command: CommandModule = {
  declare(declared) {
    declared
      .argument('<type>', 'TYPE or TYPE/NAME')
      .argument('[names...]', 'one name')
      .option('-A, --all-namespaces', 'of all namespaces')
      .option('-l, --selector <labels>', 'only those with these labels')
      .option('-o, --output <form>', `one of ${OUTPUTS.join(', ')}`);
  },

  async run(invocation, [type, names], options) {
    return get(invocation, readTargets([type as string, ...((names ?? []) as readonly string[])]), { ...options, watch: true });
  },
};
