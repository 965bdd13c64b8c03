// How every proxy stands with regard to trust, put together of what all replicas say. Pure. Where they differ, the one who knows less counts.
import type { Standing } from '../../identity/index.ts';
import type { ToldStanding } from './report.ts';

/** Another replica, as far as it has told. */
export interface ToldReplica {
  /** As stragglers are named: `weft-system/weft-7f2`. */
  readonly name: string;
  /** It has put in force what we have, and has told how its proxies are since then; else it is waited for itself. */
  readonly told: boolean;
  readonly standings: readonly ToldStanding[];
}

export interface JoinedStandings {
  readonly own: readonly Standing[];
  readonly others: readonly ToldReplica[];
  /** Nobody knows what was given to proxies before (epoch ms). */
  readonly gap: { readonly since: number; readonly leafLifetimeMs: number; readonly roots: readonly string[] };
  /** When a proxy's workload was made, epoch ms; undefined when that is not known. */
  readonly madeAt: (proxy: string) => number | undefined;
  readonly now: number;
}

type Held = Readonly<Record<string, number>>;

function latest(a: Held, b: Held): Held {
  const roots = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...roots].map((root) => [root, Math.max(a[root] ?? 0, b[root] ?? 0)]));
}

/** Of a proxy with two streams both have to be as they should; where it has one, what the others know is what it may have beside. */
function both(a: Standing, b: ToldStanding): Standing {
  const shared = { ...a, reaches: a.reaches && b.reaches, holds: latest(a.holds, b.holds) };
  if (!b.connected) return shared;
  if (!a.connected) return { ...shared, connected: true, trusts: b.trusts, runs: b.runs, cycled: b.cycled };
  return { ...shared, trusts: a.trusts && b.trusts, runs: a.runs === b.runs ? a.runs : undefined, cycled: a.cycled && b.cycled };
}

/** One that nobody knows anything of, and that was there before: it may have a certificate of any root that was in force. */
function assumed(standing: Standing, { gap, madeAt, now }: JoinedStandings): Standing {
  const until = gap.since + gap.leafLifetimeMs;
  if (standing.connected || !standing.registered || Object.keys(standing.holds).length > 0 || until <= now) return standing;
  const made = madeAt(standing.proxy);
  if (made === undefined || made >= gap.since) return standing;
  return { ...standing, holds: Object.fromEntries(gap.roots.map((root) => [root, until])) };
}

const QUIET = { connected: false, registered: false, trusts: false, reaches: true, runs: undefined, holds: {}, cycled: false } as const;

/** Standings of all proxies, and of the replicas that have to be waited for. */
export function joinedStandings(joined: JoinedStandings): readonly Standing[] {
  const all = new Map(joined.own.map((standing) => [standing.proxy, standing]));
  for (const { standings } of joined.others) {
    for (const told of standings) all.set(told.proxy, both(all.get(told.proxy) ?? { ...QUIET, proxy: told.proxy }, told));
  }
  const silent = joined.others.filter(({ told }) => !told).map(({ name }): Standing => ({ ...QUIET, proxy: name, instead: 'replica' }));
  return [...[...all.values()].map((standing) => assumed(standing, joined)), ...silent];
}
