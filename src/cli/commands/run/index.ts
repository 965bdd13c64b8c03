// weft run: a command as a workload of the mesh.
import type { Option } from 'commander';
import { type CommandModule, repeated, words } from '../../command.ts';
import { attestFlags } from './attest-flags.ts';
import { PROXY_MEMORY } from './heap-flag.ts';

const CAPTURES = ['auto', 'netns', 'pasta', 'relay', 'explicit'];
const PROTOCOLS = ['auto', 'http', 'h2c', 'grpc', 'tcp'];

/** `--no-service` is a flag of its own, not the opposite of `--service NAME`. */
function plain(option: Option): Option {
  option.negate = false;
  return option;
}

export const command: CommandModule = {
  declare(declared) {
    const choice = (flags: string, words: string, choices: readonly string[]) => declared.createOption(flags, words).choices(choices).default('auto');
    attestFlags(declared)
      .usage('--service NAME [flags] -- COMMAND [ARGUMENT…]')
      // what stands behind the program's name is the program's, also without the two dashes
      .passThroughOptions()
      .argument('[command...]', 'what to run, behind two dashes')
      .option('-s, --service <name>', 'the service this is an instance of')
      .option('-p, --port <port>', 'a port the application listens on: 8080, 443:8443 (service:application), 9090/grpc; may be given several times', repeated)
      .addOption(choice('--protocol <protocol>', 'of ports that name none; auto: found by asking the application', PROTOCOLS))
      .option('-l, --label <key=value>', 'a label of this workload; may be given several times', repeated)
      .option('--version <version>', 'short for --label version=…')
      .addOption(declared.createOption('--version-label <version>', 'the same').hideHelp())
      .option('--instance <name>', 'tells instances of one service apart (default: at random)')
      .option('--service-account <name>', 'the identity (default: the name of the service)')
      .option('--token <token>', 'join token, for a control plane on another machine (WEFT_JOIN_TOKEN)')
      .option('--control-plane <host:port>', "the control plane's port for proxies (default: the local control plane)")
      .option('--address <ip>', 'where others reach this workload (default: found)')
      .option('--zone <name>', 'where this runs, for calls that stay near')
      .option('--weight <number>', 'share of requests against other instances', '1')
      .addOption(choice('--capture <mode>', 'how traffic gets to the proxy; auto: the best that works here', CAPTURES))
      .option('--node <name>', 'let the proxy of this node (weft node) serve it, in place of one of its own')
      .option('-u, --upstream <service:port>', 'a service to call through a port of its own, where capture is explicit; may be given several times', repeated)
      .option(...PROXY_MEMORY)
      .option('--drain <duration>', 'how long requests in flight may take at the end', '30s')
      .option('--grace <duration>', 'how long the application may take to end', '10s')
      .addOption(plain(declared.createOption('--no-service', 'do not make a Service from these flags when no document declares it')));
  },

  async run(invocation, args, options) {
    // help does without what this needs
    const { runOptions } = await import('./options.ts');
    return invocation.actions.run(await runOptions(invocation, words(args[0]), options));
  },
};
