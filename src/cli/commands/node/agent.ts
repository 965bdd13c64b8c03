// Flags of weft node --kubernetes: the agent of a node, as its DaemonSet starts it.
import type { Command } from 'commander';
import type { AgentRequest } from '../../actions.ts';
import { type Invocation, type Options, text } from '../../command.ts';
import { usageError } from '../../exit.ts';

const SOCKET = '/run/weft/cni.sock';
const PLUGINS = '/opt/cni/bin';
const CONFIGURATIONS = '/etc/cni/net.d';
/** Of the agent's own pod. */
const READINESS_PORT = 15080;

export function agentFlags(command: Command): Command {
  return command
    .option('--cni-socket <path>', `with --kubernetes: where the CNI plugin asks (default: ${SOCKET})`)
    .option('--cni-bin <folder>', `with --kubernetes: the host's folder of CNI plugins (default: ${PLUGINS})`)
    .option('--cni-conf <folder>', `with --kubernetes: the host's folder of CNI configurations (default: ${CONFIGURATIONS})`)
    .option('--host-root <folder>', 'with --kubernetes: where the root of the host is mounted; this is the host unless given')
    .option('--kubeconfig <file>', 'with --kubernetes: instead of KUBECONFIG or the pod’s own account')
    .option('--kube-context <name>', 'with --kubernetes: context of the kubeconfig')
    .option('--log-level <level>', 'with --kubernetes: how much is logged: debug, info, warn, error');
}

const OWN = ['cniSocket', 'cniBin', 'cniConf', 'hostRoot', 'kubeconfig', 'kubeContext', 'logLevel'];
const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Throws CommandError 64 for flags that mean nothing without `--kubernetes`. */
export function refuseAgentFlags(options: Options): void {
  const stray = OWN.find((name) => options[name] !== undefined);
  if (stray !== undefined) throw usageError(`${flagOf(stray)} is given with --kubernetes`);
}

const NODE = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

function absolute(options: Options, name: string, usual: string): string {
  const said = text(options, name) ?? usual;
  if (said.startsWith('/') && !said.includes('/../')) return said;
  throw usageError(`${flagOf(name)} ${said}: write a path from the root`);
}

/** Throws CommandError 64. */
export function agentRequest({ io }: Invocation, options: Options): AgentRequest {
  const node = text(options, 'name') ?? io.env['NODE_NAME'] ?? '';
  if (!NODE.test(node)) throw usageError('which node is this? name it with --name or NODE_NAME, as the cluster does');
  const [kubeconfig, context] = [text(options, 'kubeconfig'), text(options, 'kubeContext')];
  return {
    node,
    socket: absolute(options, 'cniSocket', SOCKET),
    plugins: absolute(options, 'cniBin', PLUGINS),
    configurations: absolute(options, 'cniConf', CONFIGURATIONS),
    readinessPort: READINESS_PORT,
    self: { namespace: io.env['POD_NAMESPACE'] ?? 'weft-node', daemonSet: 'weft-node' },
    host: text(options, 'hostRoot') === undefined ? '' : absolute(options, 'hostRoot', '/'),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    env: io.env,
    logLevel: text(options, 'logLevel') ?? 'info',
  };
}
