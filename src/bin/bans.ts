// Banning, put together: the list in the store, the streams of the control plane, the documents of workloads.

import type { Clock } from '../base/index.ts';
import type { Banned } from '../compile/index.ts';
import { type ControlPlane, type ControlPorts, LEASED_BY_JOINING } from '../control/index.ts';
import { type Ban, type Bans, banWords, forgetInstance, readBanName, serialMark, serialText } from '../identity/index.ts';
import type { BanPort, Intake } from '../manage/index.ts';
import { type Document, makeDocumentKey, proxyIdOf, spiffeId, type TrustDomain, workloadKey } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import type { SharedValues } from './replicas/shared-values.ts';

export interface BanParts {
  readonly bans: Bans;
  readonly store: Store;
  readonly plane: ControlPlane;
  readonly intake: Intake;
  readonly clock: Pick<Clock, 'now'>;
  /** Other replicas hear of it by the store. */
  readonly shared: boolean;
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

/** Area of the store by which other replicas hear of it. */
const EVICTIONS = 'evictions';
const RECENT_MS = 60_000;

async function tellEviction(store: Store, who: string, now: number): Promise<void> {
  for (const [other, at] of store.listValues(EVICTIONS)) if (other !== who && Number(at) < now - RECENT_MS) await store.putValue(EVICTIONS, other, undefined);
  await store.putValue(EVICTIONS, who, String(now));
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

/** Ends the streams of whoever is meant, and forgets what a change of roots would wait for; how many there were here. */
function putOut({ store, plane }: Pick<BanParts, 'store' | 'plane'>, named: Named, words: string): number {
  const { kind, namespace, name } = named;
  const proxies = plane.expel(
    ({ workload, identity }) => (kind === 'workload' ? workload === `${namespace}/${name}` : identity.endsWith(`/ns/${namespace}/sa/${name}`)),
    words,
  );
  for (const { metadata } of joined(store, named)) plane.proxyLeft(proxyIdOf(workloadKey(metadata.namespace, metadata.name)));
  return proxies;
}

/** Where replicas share them: what was said at another one is carried out here, too. Returns how to stop. */
export function followBans(
  values: Pick<SharedValues, 'onChange'>,
  { bans, store, plane, clock }: Pick<BanParts, 'bans' | 'store' | 'plane'> & { readonly clock: Pick<Clock, 'now'> },
): () => void {
  let known: ReadonlySet<string> = new Set(bans.list().map(nameOf));
  let evicted = store.listValues(EVICTIONS);
  return values.onChange((areas) => {
    if (areas.has('bans') || areas.has('ban-cuts')) {
      bans.reread();
      for (const ban of bans.list()) if (!known.has(nameOf(ban))) putOut({ store, plane }, ban, banWords(ban));
      known = new Set(bans.list().map(nameOf));
    }
    if (!areas.has(EVICTIONS)) return;
    const now = store.listValues(EVICTIONS);
    for (const [who, at] of now)
      if (evicted.get(who) !== at && Number(at) > clock.now() - RECENT_MS) putOut({ store, plane }, readBanName(who), evictedWords(who));
    evicted = now;
  });
}

const nameOf = ({ kind, namespace, name }: Named): string => `${kind}/${namespace}/${name}`;
const evictedWords = (who: string): string => `${who} was evicted: it must join again`;

export function banPort({ bans, store, plane, intake, shared, clock }: BanParts): BanPort {
  const expel = async (named: Named, words: string, by: string): Promise<number> => {
    const meant = joined(store, named);
    const proxies = putOut({ store, plane }, named, words);
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
      const named = readBanName(who);
      if (shared) await tellEviction(store, nameOf(named), clock.now());
      const proxies = await expel(named, evictedWords(who), by);
      // Where its proxies are, another replica knows.
      return { who, proxies, changed: proxies > 0 || shared };
    },
  };
}
