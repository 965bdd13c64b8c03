// Flags of weft up that say which kube cluster it is of.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isSubdomain } from '../../../model/index.ts';
import type { ProxyDefaults, UpRequest, WebhooksRequest } from '../../actions.ts';
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
    .option(
      '--interception <how>',
      'who captures the traffic of pods: init (a container of each, with NET_ADMIN) or cni (the agent of its node) (default: init)',
    )
    .option('--cluster-domain <domain>', 'in which names of the cluster’s Services end (default: cluster.local)')
    .option('--names <which>', 'which names the proxies of pods answer: services (of Services, too) or mesh (those in .mesh alone) (default: mesh)')
    .option('--webhook-client-ca <file>', 'certificates (PEM) by which an API server is recognised; without it whoever reaches the port may ask')
    .option('--webhook-client-name <name>', 'common name of its certificate; may be given several times, any without', repeated)
    .option('--node-image <image>', 'nodes have proxies, which pods may choose; the image of Weft itself, with which such pods wait for theirs')
    .option('--revision <name>', 'which control plane of several this one is (namespaces have the label weft.dev/rev)')
    .option('--gateways <where>', 'namespaces where Gateways get a Deployment and a Service, separated by commas; everywhere or nowhere (default: everywhere)')
    .option('--proxy-image <image>', 'image of proxies, in applications’ pods and for Gateways (default: weft/proxy of this version)')
    .option('--proxy-pull-secret <name>', 'a Secret of the pods’ own namespaces with which that image is pulled; may be given several times', repeated)
    .option('--proxy-pull-policy <policy>', 'whether that image is pulled: IfNotPresent, Always or Never (default: IfNotPresent)')
    .option(
      '--proxy-requests <amounts>',
      'what proxies in applications’ pods ask for, such as cpu=50m,memory=64Mi (pods may say otherwise); may be given several times',
      repeated,
    )
    .option('--proxy-limits <amounts>', 'what they may have at most, such as memory=512Mi; may be given several times', repeated)
    .option('--proxy-control-plane <host:port>', 'where pods reach this control plane (default: its Service in weft-system)')
    .option('--control-namespace <name>', 'where it has its Secret and its lease (default: its own, outside of a pod weft-system)');
}

const OWN = [
  ...[
    'kubeconfig',
    'kubeContext',
    'webhooks',
    'webhookName',
    'webhookClientCa',
    'webhookClientName',
    'interception',
    'clusterDomain',
    'names',
    'nodeImage',
    'revision',
    'controlNamespace',
    'gateways',
  ],
  ...['proxyImage', 'proxyPullPolicy', 'proxyPullSecret', 'proxyRequests', 'proxyLimits', 'proxyControlPlane'],
];
const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Throws CommandError 64 for flags without `--kubernetes`. */
export function readKubernetes({ cwd, env }: Pick<Io, 'cwd' | 'env'>, options: Options): UpRequest['kubernetes'] {
  const [kubeconfig, context, revision, namespace] = ['kubeconfig', 'kubeContext', 'revision', 'controlNamespace'].map((name) => text(options, name));
  if (options['kubernetes'] !== true) {
    const stray = OWN.find((name) => options[name] !== undefined);
    if (stray !== undefined) throw usageError(`${flagOf(stray)} is given with --kubernetes`);
    return undefined;
  }
  const webhooks = readWebhooks(options, cwd);
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

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'] as const;

function readPullPolicy(options: Options): Pick<ProxyDefaults, 'imagePullPolicy' | 'pullSecrets'> {
  const said = text(options, 'proxyPullPolicy');
  const pullSecrets = texts(options, 'proxyPullSecret');
  const named = pullSecrets.length === 0 ? {} : { pullSecrets };
  if (said === undefined) return named;
  const imagePullPolicy = PULL_POLICIES.find((each) => each === said);
  if (imagePullPolicy === undefined) throw usageError(`--proxy-pull-policy ${said}: write ${PULL_POLICIES.join(', ')}`);
  return { imagePullPolicy, ...named };
}

/** Kubernetes documentation, "Quantities". */
const AMOUNT = /^(cpu|memory|ephemeral-storage)=([0-9]+(?:\.[0-9]+)?(?:m|k|Ki|M|Mi|G|Gi|T|Ti)?)$/;

function readAmounts(options: Options, name: 'proxyRequests' | 'proxyLimits'): Readonly<Record<string, string>> | undefined {
  const said = texts(options, name).join(',');
  if (said === '') return undefined;
  const pairs = said.split(',').map((each): readonly [string, string] => {
    const [, resource, amount] = AMOUNT.exec(each.trim()) ?? [];
    if (resource === undefined || amount === undefined) throw usageError(`${flagOf(name)} ${said}: write cpu=50m,memory=64Mi`);
    return [resource, amount];
  });
  return Object.fromEntries(pairs);
}

function readDefaults(options: Options): ProxyDefaults {
  const [requests, limits] = [readAmounts(options, 'proxyRequests'), readAmounts(options, 'proxyLimits')];
  const resources = { ...(requests === undefined ? {} : { requests }), ...(limits === undefined ? {} : { limits }) };
  return { ...readPullPolicy(options), ...(requests === undefined && limits === undefined ? {} : { resources }) };
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

function readGateways(options: Options): NonNullable<UpRequest['kubernetes']>['gateways'] {
  const [where = 'everywhere', proxyImage, controlPlane] = ['gateways', 'proxyImage', 'proxyControlPlane'].map((name) => text(options, name));
  const namespaces = where === 'nowhere' ? [] : where.split(',').map((each) => each.trim());
  if (!namespaces.every((each) => NAMESPACE.test(each))) throw usageError(`--gateways ${where}: write everywhere, nowhere, or names of namespaces`);
  return {
    ...readPullPolicy(options),
    ...(where === 'everywhere' ? {} : { namespaces }),
    ...(proxyImage === undefined ? {} : { proxyImage }),
    ...(controlPlane === undefined ? {} : { controlPlane }),
  };
}

/** Throws CommandError 64. */
export function readInterception(options: Options): { readonly interception?: 'init' | 'cni' } {
  const said = text(options, 'interception');
  if (said === undefined) return {};
  if (said !== 'init' && said !== 'cni') throw usageError(`--interception ${said}: write init or cni`);
  return { interception: said };
}

/** What the names of Services are, and who answers them. Throws CommandError 64. */
export function readNames(options: Options): { readonly clusterDomain?: string; readonly names?: 'services' | 'mesh' } {
  const [domain, names] = [text(options, 'clusterDomain'), text(options, 'names')];
  if (domain !== undefined && !isSubdomain(domain)) throw usageError(`--cluster-domain ${domain}: write a domain, such as cluster.local`);
  if (names !== undefined && names !== 'services' && names !== 'mesh') throw usageError(`--names ${names}: write services or mesh`);
  return { ...(domain === undefined ? {} : { clusterDomain: domain }), ...(names === undefined ? {} : { names }) };
}

const renamed = ({ names, ...rest }: ReturnType<typeof readNames>) => ({ ...rest, ...(names === undefined ? {} : { proxyNames: names }) });

const HOST_PORT = /^\[?([A-Za-z0-9.:-]+?)\]?:(\d{1,5})$/;

function readWebhooks(options: Options, cwd: string): WebhooksRequest | undefined {
  const place = text(options, 'webhooks');
  const [clientCa, clientNames] = [text(options, 'webhookClientCa'), texts(options, 'webhookClientName')];
  if (clientCa === undefined && clientNames.length > 0) throw usageError('--webhook-client-name is given with --webhook-client-ca');
  if (place === undefined) return undefined;
  const [, host, port] = HOST_PORT.exec(place) ?? [];
  if (host === undefined || Number(port) > 65_535) throw usageError(`--webhooks ${place}: write HOST:PORT`);
  const [revision, proxyImage, controlPlane] = [text(options, 'revision'), text(options, 'proxyImage'), text(options, 'proxyControlPlane')];
  const nodeImage = text(options, 'nodeImage');
  if (controlPlane !== undefined && !HOST_PORT.test(controlPlane)) throw usageError(`--proxy-control-plane ${controlPlane}: write HOST:PORT`);
  return {
    host,
    port: Number(port),
    ...readDefaults(options),
    names: texts(options, 'webhookName'),
    ...readInterception(options),
    ...renamed(readNames(options)),
    clientNames,
    ...(clientCa === undefined ? {} : { clientCa: resolve(cwd, clientCa) }),
    ...(nodeImage === undefined ? {} : { nodeImage }),
    ...(revision === undefined ? {} : { revision }),
    ...(proxyImage === undefined ? {} : { proxyImage }),
    ...(controlPlane === undefined ? {} : { controlPlane }),
  };
}
