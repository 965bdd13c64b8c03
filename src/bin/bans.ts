// Banning, put together: the list in the store, the streams of the control plane, the documents of workloads.
import type { Banned } from '../compile/index.ts';
import { type ControlPlane, type ControlPorts, LEASED_BY_JOINING } from '../control/index.ts';
import { type Ban, type Bans, banWords, forgetInstance, readBanName, serialMark, serialText } from '../identity/index.ts';
import type { BanPort, Intake } from '../manage/index.ts';
import { type Document, makeDocumentKey, proxyIdOf, spiffeId, type TrustDomain, workloadKey } from '../model/index.ts';
import type { Store } from '../store/index.ts';

export interface BanParts {
  readonly bans: Bans;
  readonly store: Store;
  readonly plane: ControlPlane;
  readonly intake: Intake;
}

/** Who is banned, as peers recognise him: by his identity, or by the serials of one workload's certificates. */
export function shutOut(bans: Bans, trustDomain: string): NonNullable<ControlPorts['shutOut']> {
  const known = new WeakMap<readonly Ban[], readonly Banned[]>();
  const bannedOf = ({ kind, namespace, name }: Ban): Banned =>
    kind === 'workload'
      ? { kind: 'serial', prefix: serialText(serialMark(workloadKey(namespace, name))) }
      : { kind: 'identity', id: spiffeId(trustDomain as TrustDomain, namespace, name) };
  return {
    list: () => {
      const list = bans.list();
      const banned = known.get(list) ?? list.map(bannedOf);
      known.set(list, banned);
      return banned;
    },
    get cuts() {
      return bans.cuts;
    },
    onChange: (callback) => bans.onChange(callback),
  };
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
    ban: async (who, how) => {
      const ban = await bans.ban(who, how);
      return { who, proxies: await expel(ban, banWords(ban), how.by), changed: true };
    },
    unban: async (who) => ({ who, proxies: 0, changed: await bans.unban(who) }),
    evict: async (who, by) => {
      if (who.startsWith('instance/')) return { who, proxies: 0, changed: await forgetInstance(store, who.slice('instance/'.length)) };
      const proxies = await expel(readBanName(who), `${who} was evicted: it must join again`, by);
      return { who, proxies, changed: proxies > 0 };
    },
  };
}
