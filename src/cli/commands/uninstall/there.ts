// What of an installation is in a cluster.
import { AGENT, definitionManifests, type Installation, type Manifest, manifests, named, resourceOf } from '../../../install/index.ts';
import type { KubeClient } from '../../../kube/index.ts';
import { CONFIG_MAPS, DEPLOYMENTS, listAll, listAt, NAMESPACES, PODS, textAt } from '../../client/kube.ts';
import { CommandError, EXIT } from '../../exit.ts';

const isWebhook = ({ kind }: Manifest): boolean => kind.endsWith('WebhookConfiguration');

const isThere = async (client: KubeClient, each: Manifest): Promise<boolean> => (await client.get(resourceOf(each), each.metadata)) !== undefined;

async function present(client: KubeClient, all: readonly Manifest[]): Promise<readonly Manifest[]> {
  const there = await Promise.all(all.map((each) => isThere(client, each)));
  return all.filter((_, index) => there[index]);
}

/** Whether a control plane of another revision goes on: then what there is one of in a cluster stays. */
async function isShared(client: KubeClient, installation: Installation): Promise<boolean> {
  const all = await listAll(client, DEPLOYMENTS, 'app.kubernetes.io/name=weft,app.kubernetes.io/component=control-plane');
  return all.some(({ metadata }) => metadata.name !== named(installation) || metadata.namespace !== installation.values.namespace);
}

/** What is there, in the order in which it goes: first what keeps pods from starting, last what holds everything else. Throws WeftError. */
export async function ownToGo(client: KubeClient, installation: Installation): Promise<readonly Manifest[]> {
  const shared = await isShared(client, installation);
  const of = shared ? new Set(['Namespace', 'GatewayClass', 'Mesh']) : new Set<string>();
  // the agents of nodes are for whoever goes on
  const stays = ({ kind, metadata }: Manifest): boolean => of.has(kind) || (shared && [metadata.name, metadata.namespace].includes(AGENT));
  const all = manifests(installation)
    .filter((each) => !stays(each))
    .toReversed();
  const own = await present(client, [...all.filter(isWebhook), ...all.filter((each) => !isWebhook(each))]);
  const trust = shared ? [] : (await client.page(CONFIG_MAPS, { fieldSelector: 'metadata.name=weft-trust' })).items;
  const maps = trust.map(
    ({ metadata: { name, namespace } }): Manifest => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: namespace ?? '' } }),
  );
  return [...own.slice(0, -1), ...maps, ...own.slice(-1)];
}

/** Definitions that are there. Throws CommandError 1 when there are documents of them, unless they are to go too. */
export async function definitionsToGo(client: KubeClient, withDocuments: boolean): Promise<readonly Manifest[]> {
  const definitions = await present(client, definitionManifests());
  const counted = await Promise.all(
    definitions.map(async (each) => {
      const { group, version, plural, kind } = {
        group: textAt(each, 'spec', 'group'),
        version: textAt(listAt(each, 'spec', 'versions')[0], 'name'),
        plural: textAt(each, 'spec', 'names', 'plural'),
        kind: textAt(each, 'spec', 'names', 'kind'),
      };
      const found = await listAll(client, { group, version, plural, kind, namespaced: textAt(each, 'spec', 'scope') === 'Namespaced' });
      return { plural, count: found.length };
    }),
  );
  const documents = counted.filter(({ count }) => count > 0);
  if (documents.length === 0 || withDocuments) return definitions;
  const words = documents.map(({ plural, count }) => `${count} ${plural}`).join(', ');
  throw new CommandError(
    EXIT.failed,
    `with the definitions would go the documents: ${words}\n  keep them: kubectl get ${documents.map(({ plural }) => plural).join()} -A -o yaml > documents.yaml\n  then: weft uninstall --crds --with-documents`,
  );
}

/** What the injector writes of pods that are in the mesh: with a proxy of their own, or served by that of their node. */
const MESHED: ReadonlySet<string | undefined> = new Set(['sidecar', 'node']);

/** Namespaces with pods that are in the mesh, and how many. */
export async function meshedPods(client: KubeClient, revision: string | undefined): Promise<ReadonlyMap<string, number>> {
  const [pods, namespaces] = await Promise.all([listAll(client, PODS), listAll(client, NAMESPACES)]);
  const ours = new Set(
    namespaces.filter((each) => (each.metadata.labels?.['weft.dev/rev'] ?? 'default') === (revision ?? 'default')).map(({ metadata }) => metadata.name),
  );
  const found = new Map<string, number>();
  for (const { metadata } of pods) {
    const { namespace = '', annotations } = metadata;
    if (MESHED.has(annotations?.['weft.dev/proxy']) && ours.has(namespace)) found.set(namespace, (found.get(namespace) ?? 0) + 1);
  }
  return found;
}
