import type { Checked, Report } from '../../model/index.ts';
import type { LoadBalancingSpec } from './schema.ts';

function isPrime(value: number): boolean {
  if (value < 4) return value > 1;
  for (let factor = 2; factor * factor <= value; factor++) if (value % factor === 0) return false;
  return true;
}

/** Fields of one algorithm, by what they are called in the document. */
const OF_ALGORITHM = {
  leastRequest: ['LeastRequest'],
  ringHash: ['RingHash'],
  maglev: ['Maglev'],
  clientSideWeighted: ['ClientSideWeighted'],
  hashOn: ['RingHash', 'Maglev'],
  boundedLoadPercent: ['RingHash', 'Maglev'],
  slowStart: ['LeastRequest', 'RoundRobin', 'ClientSideWeighted'],
} as const satisfies Partial<Record<keyof LoadBalancingSpec, readonly string[]>>;

/** What the schema cannot say: sizes, fields of an algorithm that is not the one that is asked for, failover that leads nowhere. */
export function checkLoadBalancing({ spec }: Checked<LoadBalancingSpec>, report: Report): void {
  const { targetRefs, algorithm, ...rest } = spec;
  if (targetRefs.length === 0) report('WEFT1801', 'spec', 'the policy has no targetRefs, so it has no effect');
  if (algorithm === undefined && Object.values(rest).every((each) => each === undefined)) report('WEFT1802', 'spec', 'the policy says nothing');
  for (const [field, algorithms] of Object.entries(OF_ALGORITHM)) {
    if (algorithm === undefined || spec[field as keyof typeof OF_ALGORITHM] === undefined || (algorithms as readonly string[]).includes(algorithm)) continue;
    report('WEFT1806', `spec.${field}`, `${field} has no effect: the algorithm is ${algorithm}`, `it belongs to ${algorithms.join(', ')}`);
  }
  if ((algorithm === 'RingHash' || algorithm === 'Maglev') && spec.hashOn?.length === 0)
    report('WEFT1846', 'spec.hashOn', `${algorithm} without a key sends requests anywhere`);
  const { minimumSize, maximumSize } = spec.ringHash ?? {};
  if (minimumSize !== undefined && maximumSize !== undefined && maximumSize < minimumSize)
    report('WEFT1847', 'spec.ringHash.maximumSize', `maximumSize (${maximumSize}) is smaller than minimumSize (${minimumSize})`);
  const table = spec.maglev?.tableSize;
  if (table !== undefined && !isPrime(table)) report('WEFT1848', 'spec.maglev.tableSize', `${table} is not a prime number`);
  const bound = spec.boundedLoadPercent ?? 0;
  if (bound > 0 && bound < 100) report('WEFT1849', 'spec.boundedLoadPercent', `${bound} % of the average for everybody is less than what there is`);
  checkLocality(spec, report);
}

function checkLocality({ locality }: LoadBalancingSpec, report: Report): void {
  const seen = new Map<string, number>();
  for (const [at, { from, to }] of (locality?.failover ?? []).entries()) {
    const before = seen.get(from);
    if (before !== undefined) report('WEFT1850', `spec.locality.failover[${at}].from`, `zone "${from}" is already spec.locality.failover[${before}]`);
    seen.set(from, before ?? at);
    for (const [index, zone] of to.entries()) {
      if (zone === from) report('WEFT1851', `spec.locality.failover[${at}].to[${index}]`, `zone "${zone}" cannot stand in for itself`);
      else if (to.indexOf(zone) < index) report('WEFT1851', `spec.locality.failover[${at}].to[${index}]`, `zone "${zone}" is there already`);
    }
  }
  if (locality?.mode === 'None' && (locality.failover !== undefined || locality.nearest !== undefined || locality.spillOverBelowPercent !== undefined))
    report('WEFT1806', 'spec.locality', 'with mode None every endpoint is as near as any other');
}
