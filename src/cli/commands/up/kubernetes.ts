// Flags of weft up that say which kube cluster it is of.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { UpRequest, WebhooksRequest } from '../../actions.ts';
import { type Options, repeated, text, texts } from '../../command.ts';
import { usageError } from '../../exit.ts';
import type { Io } from '../../io.ts';

export function kubernetesFlags(command: Command): Command {
  return command
    .option('--kubernetes', 'take documents from a kube cluster: the one that this runs in, else that of KUBECONFIG (docs/kubernetes.md)')
    .option('--kubeconfig <file>', 'kubeconfig of that cluster, instead of KUBECONFIG')
    .option('--kube-context <name>', 'context of the kubeconfig, instead of its current one')
    .option('--webhooks <host:port>', 'where the API server of that cluster asks about pods and documents; nowhere unless given')
    .option('--webhook-name <name>', 'a name or address by which it asks, beside the Service; may be given several times', repeated)
    .option('--revision <name>', 'which control plane of several this one is (namespaces have the label weft.dev/rev)')
    .option('--gateways <where>', 'namespaces where Gateways get a Deployment and a Service, separated by commas; everywhere or nowhere (default: everywhere)')
    .option('--proxy-image <image>', 'image of proxies, in applications’ pods and for Gateways (default: weft/proxy of this version)')
    .option('--proxy-control-plane <host:port>', 'where pods reach this control plane (default: its Service in weft-system)')
    .option('--control-namespace <name>', 'where it has its Secret and its lease (default: its own, outside of a pod weft-system)');
}

const OWN = ['kubeconfig', 'kubeContext', 'webhooks', 'webhookName', 'revision', 'controlNamespace', 'gateways', 'proxyImage', 'proxyControlPlane'] as const;
const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Throws CommandError 64 for flags without `--kubernetes`. */
export function readKubernetes({ cwd, env }: Pick<Io, 'cwd' | 'env'>, options: Options): UpRequest['kubernetes'] {
  const [kubeconfig, context, revision, namespace] = ['kubeconfig', 'kubeContext', 'revision', 'controlNamespace'].map((name) => text(options, name));
  if (options['kubernetes'] !== true) {
    const stray = OWN.find((name) => options[name] !== undefined);
    if (stray !== undefined) throw usageError(`${flagOf(stray)} is given with --kubernetes`);
    return undefined;
  }
  const webhooks = readWebhooks(options);
  return {
    env,
    ...(kubeconfig === undefined ? {} : { kubeconfig: resolve(cwd, kubeconfig) }),
    ...(context === undefined ? {} : { context }),
    ...(revision === undefined ? {} : { revision }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(webhooks === undefined ? {} : { webhooks }),
    gateways: readGateways(options),
  };
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function readGateways(options: Options): NonNullable<UpRequest['kubernetes']>['gateways'] {
  const [where = 'everywhere', proxyImage, controlPlane] = ['gateways', 'proxyImage', 'proxyControlPlane'].map((name) => text(options, name));
  const namespaces = where === 'nowhere' ? [] : where.split(',').map((each) => each.trim());
  if (!namespaces.every((each) => NAMESPACE.test(each))) throw usageError(`--gateways ${where}: write everywhere, nowhere, or names of namespaces`);
  return {
    ...(where === 'everywhere' ? {} : { namespaces }),
    ...(proxyImage === undefined ? {} : { proxyImage }),
    ...(controlPlane === undefined ? {} : { controlPlane }),
  };
}

const HOST_PORT = /^\[?([A-Za-z0-9.:-]+?)\]?:(\d{1,5})$/;

function readWebhooks(options: Options): WebhooksRequest | undefined {
  const place = text(options, 'webhooks');
  if (place === undefined) return undefined;
  const [, host, port] = HOST_PORT.exec(place) ?? [];
  if (host === undefined || Number(port) > 65_535) throw usageError(`--webhooks ${place}: write HOST:PORT`);
  const [revision, proxyImage, controlPlane] = [text(options, 'revision'), text(options, 'proxyImage'), text(options, 'proxyControlPlane')];
  if (controlPlane !== undefined && !HOST_PORT.test(controlPlane)) throw usageError(`--proxy-control-plane ${controlPlane}: write HOST:PORT`);
  return {
    host,
    port: Number(port),
    names: texts(options, 'webhookName'),
    ...(revision === undefined ? {} : { revision }),
    ...(proxyImage === undefined ? {} : { proxyImage }),
    ...(controlPlane === undefined ? {} : { controlPlane }),
  };
}
