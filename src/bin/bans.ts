// Banning, put together: the list in the store, the streams of the control plane, the documents of workloads.
import { type ControlPlane, LEASED_BY_JOINING } from '../control/index.ts';
import { type Ban, type Bans, banWords, forgetInstance, readBanName } from '../identity/index.ts';
import type { BanPort, Intake } from '../manage/index.ts';
import { type Document, makeDocumentKey, proxyIdOf, workloadKey } from '../model/index.ts';
import type { Store } from '../store/index.ts';

export interface BanParts {
  readonly bans: Bans;
  readonly store: Store;
  readonly plane: ControlPlane;
  readonly intake: Intake;
}

type Named = Pick<Ban, 'kind' | 'namespace' | 'name'>;

/** Workloads that joined by themselves and are meant; one that somebody wrote stays as it was written. */
function joined(store: Store, { kind, namespace, name }: Named): readonly Document[] {
  return store
    .list({ kind: 'weft.dev/Workload', namespace })
    .documents.filter(
      ({ metadata, spec }) =>
        metadata.annotations[LEASED_BY_JOINING] !== undefined && (kind === 'workload' ? metadata.name === name : spec['serviceAccount'] === name),
    );
}

export function banPort({ bans, store, plane, intake }: BanParts): BanPort {
  const expel = async (named: Named, words: string, by: string): Promise<number> => {
    const { kind, namespace, name } = named;
    const meant = joined(store, named);
    const proxies = plane.expel(
      ({ workload, identity }) => (kind === 'workload' ? workload === `${namespace}/${name}` : identity.endsWith(`/ns/${namespace}/sa/${name}`)),
      words,
    );
    // A change of roots does not wait for who was put out.
    for (const { metadata } of meant) plane.proxyLeft(proxyIdOf(workloadKey(metadata.namespace, metadata.name)));
    // Nobody sends it anything any more.
    if (meant.length > 0)
      await intake.write(
        meant.map(({ metadata }) => ({ kind: 'delete' as const, key: makeDocumentKey('weft.dev', 'Workload', metadata.namespace, metadata.name) })),
        by,
      );
    return proxies;
  };
  return {
    list: () => bans.list().map((ban) => ({ ...ban, at: new Date(ban.at).toISOString() })),
    ban: async (who, reason, by) => {
      const ban = await bans.ban(who, reason, by);
      return { who, proxies: await expel(ban, banWords(ban), by), changed: true };
    },
    unban: async (who) => ({ who, proxies: 0, changed: await bans.unban(who) }),
    evict: async (who, by) => {
      if (who.startsWith('instance/')) return { who, proxies: 0, changed: await forgetInstance(store, who.slice('instance/'.length)) };
      const proxies = await expel(readBanName(who), `${who} was evicted: it must join again`, by);
      return { who, proxies, changed: proxies > 0 };
    },
  };
}
