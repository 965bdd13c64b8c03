// What Helm has put into a cluster: which release an installation is of, and the values that it was given. Helm keeps releases as Secrets
// (Helm documentation: "Storage backends"): JSON, compressed, in base64 within the Secret's own.
import { gunzipSync } from 'node:zlib';
import { WeftError } from '../../base/index.ts';
import { type Installation, named } from '../../install/index.ts';
import { httpOf, type KubeClient, type ResourceType } from '../../kube/index.ts';
import { at, DEPLOYMENTS, textAt } from './kube.ts';

const SECRETS: ResourceType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };

export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
  /** What it was given; undefined where that may not be read. */
  readonly values: Readonly<Record<string, unknown>> | undefined;
}

/** A release has some hundred kilobytes; what is larger is none of ours. */
const MOST_BYTES = 64 * 1024 * 1024;

function valuesIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const packed = Buffer.from(Buffer.from(text, 'base64').toString('latin1'), 'base64');
    const config = at(JSON.parse(gunzipSync(packed, { maxOutputLength: MOST_BYTES }).toString('utf8')), 'config') ?? {};
    if (typeof config !== 'object' || config === null || Array.isArray(config)) return undefined;
    const { global: _, ...values } = config as Readonly<Record<string, unknown>>;
    return values;
  } catch {
    return undefined;
  }
}

async function valuesOf(client: KubeClient, name: string, namespace: string): Promise<HelmRelease['values']> {
  try {
    const { items } = await client.page(SECRETS, { namespace, labelSelector: `owner=helm,name=${name},status=deployed` });
    const newest = items.toSorted((a, b) => Number(b.metadata.labels?.['version'] ?? 0) - Number(a.metadata.labels?.['version'] ?? 0))[0];
    return newest === undefined ? undefined : valuesIn(textAt(newest, 'data', 'release'));
  } catch (error) {
    if (error instanceof WeftError && httpOf(error) === 403) return undefined;
    throw error;
  }
}

/** The release that the installation's Deployment is of; undefined where Helm has not made it. Throws WeftError when the server is away. */
export async function helmReleaseOf(client: KubeClient, installation: Installation): Promise<HelmRelease | undefined> {
  const deployment = await client.get(DEPLOYMENTS, { namespace: installation.values.namespace, name: named(installation) });
  const [name, namespace] = ['name', 'namespace'].map((part) => deployment?.metadata.annotations?.[`meta.helm.sh/release-${part}`] ?? '');
  if (name === undefined || name === '' || namespace === undefined || namespace === '') return undefined;
  return { name, namespace, values: await valuesOf(client, name, namespace) };
}
