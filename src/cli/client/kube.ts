// The kube cluster that a command speaks to itself: those that come before there is a control plane, or go on when there is none.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { findKubeConfig, KubeClient, type KubeObject, type ResourceType } from '../../kube/index.ts';
import { type Invocation, type Options, text } from '../command.ts';

export function kubeFlags(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig of the cluster, instead of KUBECONFIG')
    .option('--kube-context <name>', 'context of the kubeconfig, instead of its current one');
}

/** Throws WeftError `bad-kubeconfig`. Nothing is asked yet. */
export function openKube({ io }: Pick<Invocation, 'io'>, options: Options): KubeClient {
  const [path, context] = [text(options, 'kubeconfig'), text(options, 'kubeContext')];
  return new KubeClient(
    findKubeConfig(io.env, { ...(path === undefined ? {} : { path: resolve(io.cwd, path) }), ...(context === undefined ? {} : { context }) }),
  );
}

const PAGE = 500;

/** All objects of a type, in every namespace; none where the server does not know the type. Throws WeftError. */
export async function listAll(client: KubeClient, type: ResourceType, labelSelector?: string): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  let next: string | undefined;
  do {
    const page = await client.page(type, { limit: PAGE, ...(labelSelector === undefined ? {} : { labelSelector }), ...(next === undefined ? {} : { next }) });
    found.push(...page.items);
    next = page.next;
  } while (next !== undefined);
  return found;
}

const core = (plural: string, kind: string, namespaced = true): ResourceType => ({ group: '', version: 'v1', plural, kind, namespaced });
const admission = (word: string): ResourceType => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: `${word.toLowerCase()}webhookconfigurations`,
  kind: `${word}WebhookConfiguration`,
  namespaced: false,
});

export const PODS = core('pods', 'Pod');
export const NODES = core('nodes', 'Node', false);
export const NAMESPACES = core('namespaces', 'Namespace', false);
export const CONFIG_MAPS = core('configmaps', 'ConfigMap');
export const MUTATING = admission('Mutating');
export const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', plural: 'deployments', kind: 'Deployment', namespaced: true };
export const DEFINITIONS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** A value deep in an object that somebody else wrote; undefined where there is none. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((under, key) => (isFields(under) ? under[key] : undefined), value);
}

/** The same as a text; empty where it is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

/** The same as a list; empty where it is none. */
export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as unknown[]) : [];
}
