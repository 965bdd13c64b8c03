// Flags of weft up that say which kube cluster it is of.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { UpRequest } from '../../actions.ts';
import { type Options, text } from '../../command.ts';
import { usageError } from '../../exit.ts';
import type { Io } from '../../io.ts';

export function kubernetesFlags(command: Command): Command {
  return command
    .option('--kubernetes', 'take documents from a kube cluster: the one that this runs in, else that of KUBECONFIG (docs/kubernetes.md)')
    .option('--kubeconfig <file>', 'kubeconfig of that cluster, instead of KUBECONFIG')
    .option('--kube-context <name>', 'context of the kubeconfig, instead of its current one');
}

/** Throws CommandError 64 for flags without `--kubernetes`. */
export function readKubernetes({ cwd, env }: Pick<Io, 'cwd' | 'env'>, options: Options): UpRequest['kubernetes'] {
  const [kubeconfig, context] = [text(options, 'kubeconfig'), text(options, 'kubeContext')];
  if (options['kubernetes'] !== true) {
    if (kubeconfig !== undefined || context !== undefined) throw usageError('--kubeconfig and --kube-context are given with --kubernetes');
    return undefined;
  }
  return { env, ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(cwd, kubeconfig) }), ...(context === undefined ? {} : { context }) };
}
