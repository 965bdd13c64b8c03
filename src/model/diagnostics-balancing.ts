// What is wrong with policies about balancing, breaking, health checks and connections: 1840–1859.
import type { DiagnosticKind } from './diagnostics.ts';

export const BALANCING = {
  WEFT1840: {
    severity: 'error',
    title: 'longest ejection shorter than the first',
    docs: 'maxEjectionTime bounds how long an endpoint is left alone; it cannot be shorter than the first time, baseEjectionTime.',
    hint: 'raise maxEjectionTime or lower baseEjectionTime',
  },
  WEFT1841: {
    severity: 'warning',
    title: 'nothing is ever ejected',
    docs: 'No share of the endpoints may be ejected, so detection has no effect.',
    hint: 'raise maxEjectionPercent: of three endpoints 34 lets one be ejected, 67 two',
  },
  WEFT1842: {
    severity: 'error',
    title: 'not whole seconds',
    docs: 'Sockets count TCP keep-alive in whole seconds.',
    hint: 'write whole seconds, for example 10s',
  },
  WEFT1843: {
    severity: 'error',
    title: 'ping longer than its interval',
    docs: 'An HTTP/2 ping must be answered, or given up, before the next one.',
    hint: 'lower timeout or raise interval',
  },
  WEFT1844: {
    severity: 'error',
    title: 'range of statuses ends before it begins',
    docs: 'expectedStatuses holds statuses and ranges from the lower to the higher one, both included.',
    hint: 'for example 200-299',
  },
  WEFT1845: {
    severity: 'warning',
    title: 'check longer than its interval',
    docs: 'The next check begins an interval after the last one ended, so checks that time out come later than interval says.',
    hint: 'lower timeout or raise interval',
  },
  WEFT1846: {
    severity: 'warning',
    title: 'hashing without a key',
    docs: 'Consistent hashing keeps requests with equal keys together; without any key every request goes anywhere.',
    hint: 'for example hashOn: [{ header: x-user }]',
  },
  WEFT1847: {
    severity: 'error',
    title: 'ring larger than its maximum',
    docs: 'minimumSize is how many places the ring has at least, maximumSize how many it may have.',
    hint: 'raise maximumSize or lower minimumSize',
  },
  WEFT1848: {
    severity: 'error',
    title: 'table size not a prime',
    docs: 'Maglev fills its table evenly only when the number of its places is prime.',
    hint: 'for example 65537, or 1009 for few endpoints',
  },
  WEFT1849: {
    severity: 'error',
    title: 'bound below the average',
    docs: 'boundedLoadPercent says how much more than the average an endpoint may get: 100 is exactly the average, 0 no bound.',
    hint: 'usual are values from 120 to 200',
  },
  WEFT1850: {
    severity: 'error',
    title: 'zone with two lists of failover',
    docs: 'Each zone has one list of zones that stand in for it, the first one first.',
    hint: 'merge the two entries',
  },
  WEFT1851: {
    severity: 'error',
    title: 'failover to a zone that is there already',
    docs: 'A zone cannot stand in for itself, nor stand in a list twice.',
    hint: 'remove it',
  },
} as const satisfies Record<string, DiagnosticKind>;
