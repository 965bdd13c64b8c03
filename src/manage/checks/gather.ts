// What checks look at, asked of everybody who knows a part of it. A part that cannot be had is left out: the other checks go on.
import type { MetricsKeptView } from '../../api/index.ts';
import type { Origin } from '../../base/index.ts';
import { type Document, makeDocumentKey } from '../../model/index.ts';
import { KINDS } from '../../policy/index.ts';
import { allProxies } from '../everywhere.ts';
import { objectivesOf } from '../objectives.ts';
import type { ManagePorts } from '../ports.ts';
import { UserTokens } from '../user-tokens.ts';
import type { Facts } from './check.ts';
import { refusalsOf, troublesOf } from './troubles.ts';

const HOUR_MS = 3_600_000;

export type Asked = Pick<
  ManagePorts,
  | 'facts'
  | 'store'
  | 'clock'
  | 'replica'
  | 'unheard'
  | 'proxies'
  | 'diagnostics'
  | 'ca'
  | 'mesh'
  | 'health'
  | 'machines'
  | 'records'
  | 'metrics'
  | 'traces'
  | 'beside'
  | 'log'
>;

/** The value, or undefined when asking for it failed, which is logged. */
async function part<T>(ports: Asked, what: string, ask: (() => Promise<T>) | undefined): Promise<T | undefined> {
  try {
    return await ask?.();
  } catch (error) {
    ports.log('warn', 'a check has nothing to look at', { what, error: error instanceof Error ? error.message : String(error) });
    return undefined;
  }
}

function documentIn(ports: Asked): Facts['document'] {
  return ({ kind, namespace, name }: Pick<Origin, 'kind' | 'namespace' | 'name'>): Document | undefined => {
    const group = KINDS.find((each) => each.kind === kind)?.group;
    return group === undefined ? undefined : ports.store.get(makeDocumentKey(group, kind, namespace, name));
  };
}

type Machine = Pick<Facts, 'clocks' | 'refusedJoins'>;

function machinesOf({ machines }: Asked): Machine {
  const clocks = [...(machines?.clocks ?? [])].map(([workload, offsetMs]) => {
    const [namespace = '', name = ''] = workload.split('/');
    return { namespace, name, offsetMs };
  });
  return { clocks, refusedJoins: [...(machines?.refusedJoins ?? [])].map(([reason, each]) => ({ reason, ...each })) };
}

async function keptOf(ports: Asked): Promise<Facts['kept']> {
  const { records, metrics, traces } = ports;
  const [counted, ...each] = await Promise.all([
    part(ports, 'metrics', metrics && (() => metrics.kept())),
    part(ports, 'records', records && (async () => ({ what: 'records of requests', lost: (await records.kept()).lost }))),
    part(ports, 'spans', traces && (async () => ({ what: 'spans', lost: (await traces.kept()).lost }))),
  ]);
  const numbers = counted === undefined ? [] : [{ what: 'messages with metrics', lost: counted.lost }, ...undeliveredOf(counted)];
  return [...each.flatMap((one) => one ?? []), ...numbers];
}

/** What proxies told one by one and nobody got. */
const undeliveredOf = ({ undelivered: { logs, spans } }: MetricsKeptView): Facts['kept'] => [
  { what: 'log entries of proxies', lost: { undelivered: logs } },
  { what: 'spans of proxies', lost: { undelivered: spans } },
];

/** What is refused may be why something else fails, so it is asked first. */
async function trafficOf(ports: Asked, now: number): Promise<Pick<Facts, 'troubles' | 'refusals'>> {
  const refusals = await part(ports, 'refusals', async () => refusalsOf(ports, now));
  const troubles = await part(ports, 'traffic', () => troublesOf(ports, { now, refusals: refusals ?? [] }));
  return { ...(troubles === undefined ? {} : { troubles }), ...(refusals === undefined ? {} : { refusals }) };
}

/** Everything of one moment. Rejects only when documents or proxies cannot be had. */
export async function gather(ports: Asked): Promise<Facts> {
  const now = ports.clock.now();
  const { ca, mesh, health, records, traces } = ports;
  const [{ items: proxies, silent }, diagnostics, peers, broken, well, kept, beside, { troubles, refusals }, objectives] = await Promise.all([
    allProxies(ports),
    ports.diagnostics(),
    part(ports, 'peers', records && (() => records.peers(now - HOUR_MS))),
    part(ports, 'propagation', traces && (() => traces.broken(now - HOUR_MS))),
    part(ports, 'health', health && (() => health.call(ports))),
    keptOf(ports),
    part(ports, 'collectors', ports.beside),
    trafficOf(ports, now),
    part(ports, 'objectives', () => objectivesOf(ports, { namespace: '', service: '' })),
  ]);
  return {
    now,
    version: ports.facts().version,
    proxies,
    ...(ports.replica === undefined ? {} : { silent }),
    diagnostics,
    document: documentIn(ports),
    userTokens: new UserTokens(ports).list(),
    kept: beside === undefined ? kept : [...kept, { what: 'lines of access logs', lost: beside.lines }],
    ...machinesOf(ports),
    ...(ca === undefined ? {} : { ca: ca.view() }),
    ...(mesh === undefined ? {} : { mesh: mesh() }),
    ...(ports.unheard === undefined ? {} : { unheard: ports.unheard() }),
    ...(peers === undefined ? {} : { peers }),
    ...(beside === undefined ? {} : { collectors: beside.collectors }),
    ...(broken === undefined ? {} : { broken }),
    ...(troubles === undefined ? {} : { troubles }),
    ...(refusals === undefined ? {} : { refusals }),
    ...(objectives === undefined ? {} : { objectives: objectives.items }),
    ...(well === undefined ? {} : { health: well }),
  };
}
