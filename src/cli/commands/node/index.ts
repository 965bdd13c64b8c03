// weft node: the proxy of this machine, for applications that `weft run --node` hands to it.
import { availableParallelism } from 'node:os';
import { nodeSocket, type RunOptions } from '../../../machine/index.ts';
import { type CommandModule, type Invocation, type Options, text } from '../../command.ts';
import { CommandError, EXIT } from '../../exit.ts';
import { attestFlags } from '../run/attest-flags.ts';
import { PROXY_MEMORY } from '../run/heap-flag.ts';
import { inNamespace, proxyAlone } from '../run/proxy-alone.ts';
import { agentFlags, agentRequest, refuseAgentFlags } from './agent.ts';

/** Where nodes are, unless -n says otherwise; the service account is `node`. */
const NODES = { namespace: 'weft-system', service: 'node' };
const MOST_WORKERS = 4;
const NAME = /^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$/;

export const command: CommandModule = {
  declare(declared) {
    agentFlags(attestFlags(declared))
      .usage('--name NAME [flags]')
      .option('--name <name>', 'what applications call it by: weft run --node NAME')
      .option('--workers <number>', `threads of Envoy (default: as many as processors, at most ${MOST_WORKERS})`)
      .option('--token <token>', 'join token, for a control plane on another machine (WEFT_JOIN_TOKEN)')
      .option('--control-plane <host:port>', "the control plane's port for proxies (default: the local control plane)")
      .option('--address <ip>', 'address of this machine (default: found)')
      .option('--zone <name>', 'where this runs')
      .option('--kubernetes', 'be the agent of this node of a kube cluster: capture the traffic of its pods (docs/kubernetes.md)')
      .option(...PROXY_MEMORY)
      .option('--drain <duration>', 'how long requests in flight may take at the end', '5s');
  },

  async run(invocation, _args, options) {
    if (options['kubernetes'] === true) return invocation.actions.agent(agentRequest(invocation, options));
    refuseAgentFlags(options);
    return invocation.actions.run(await nodeOptions(invocation, options));
  },
};

function wrong(words: string): CommandError {
  return new CommandError(EXIT.usage, `${words}\n  see: weft node --help`);
}

/** A name that can be part of a socket's and of a workload's. Throws CommandError. */
export function nodeName(value: string, flag: string): string {
  if (NAME.test(value)) return value;
  throw wrong(`${flag} ${value} is no name: write lower-case letters, digits and "-", at most 42`);
}

function workersOf(options: Options): number {
  const value = text(options, 'workers');
  if (value === undefined) return Math.min(MOST_WORKERS, availableParallelism());
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= 1 && number <= 64) return number;
  throw wrong(`--workers ${value}: write a whole number from 1 to 64`);
}

async function nodeOptions(invocation: Invocation, options: Options): Promise<RunOptions> {
  const name = text(options, 'name');
  if (name === undefined) throw wrong('what is the node called? name it with --name');
  const instance = nodeName(name, '--name');
  const workers = workersOf(options);
  const as = inNamespace(invocation, invocation.flags.namespace ?? NODES.namespace);
  return { ...(await proxyAlone(as, options, NODES.service)), instance, node: { role: 'proxy', socket: nodeSocket(instance) }, workers };
}
