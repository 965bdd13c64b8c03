import { duration } from '../../envoy/index.ts';
import type { Contribution, LocalityValues } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { type Reader, readerOf } from '../read.ts';
import { algorithmOf, hashesOnSource } from './algorithms.ts';
import { sessionOf } from './session.ts';

interface Failover {
  readonly from: string;
  readonly to: readonly string[];
}

/** Where requests go first, and when they go further: read where endpoints are planned. */
function locality(read: Reader): readonly Contribution[] {
  const mode = read.text('locality.mode');
  if (mode !== 'Prefer' && mode !== 'Require') return [];
  const below = read.number('locality.spillOverBelowPercent') ?? 70;
  const values: LocalityValues = {
    mode,
    nearest: read.text('locality.nearest') === 'Node' ? 'Node' : 'Zone',
    failover: new Map(read.list<Failover>('locality.failover').map(({ from, to }) => [from, to])),
    // Envoy multiplies the share that is healthy; what reaches 100 stays.
    overprovisioning: Math.round(10_000 / below),
  };
  return [{ kind: 'locality', values, origin: read.origin('locality.mode') }];
}

/** Who calls is written down where that decides; sessions are kept where they are wanted. */
function onRoute(read: Reader, { side }: Site): readonly Contribution[] {
  const config = sessionOf(read);
  return [
    ...(hashesOnSource(read) && side === 'outbound' ? [{ kind: 'http-filter', filter: 'weft.caller', origin: read.origin('hashOn') } as const] : []),
    ...(config === undefined ? [] : [{ kind: 'http-filter', filter: 'weft.stateful_session', config, origin: read.origin('session') } as const]),
  ];
}

/** In the cluster everything; on routes what needs a filter. */
export function compileLoadBalancing(effective: Effective, site: Site): readonly Contribution[] {
  const read = readerOf(effective);
  if (site.kind === 'route') return onRoute(read, site);
  const fields = {
    loadBalancingPolicy: algorithmOf(read),
    commonLbConfig: { healthyPanicThreshold: { value: read.number('panicThresholdPercent') ?? 0 }, updateMergeWindow: duration(0) },
  };
  return [{ kind: 'cluster', slot: 'load-balancing', fields, origin: read.origin('algorithm') }, ...locality(read)];
}
