import type { Contribution } from '../contribution.ts';
import type { ResetHeader, RetryCondition } from '../contribution-retry.ts';
import { decidedBy, type Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { type Reader, readerOf } from '../read.ts';

/** On a route what is tried again; on a cluster how much of that there may be at a time. */
export function compileRetries(effective: Effective, site: Site): readonly Contribution[] {
  if (site.protocol === 'tcp') return [];
  const read = readerOf(effective);
  if (site.kind === 'cluster') return [budget(read)];
  const policy = ['attempts', 'on', 'methods', 'statusCodes'].map((path) => decidedBy(effective, path)).find((each) => each !== undefined);
  return [retry(read), ...(policy === undefined ? [] : [{ kind: 'blame', cause: 'retry', policy, origin: read.origin('attempts') } as const])];
}

function budget(read: Reader): Contribution {
  return {
    kind: 'retry-budget',
    percent: read.number('budget.percent') ?? 20,
    minConcurrency: read.number('budget.minConcurrency') ?? 10,
    origin: read.origin('budget'),
  };
}

function retry(read: Reader): Contribution {
  const headers = read.list<ResetHeader>('backoff.serverDirected.headers');
  const baseBackoffMs = read.ms('backoff.base') ?? 25;
  const values = {
    attempts: read.number('attempts') ?? 0,
    on: read.list<RetryCondition>('on'),
    statusCodes: read.list<number>('statusCodes'),
    responseHeaders: read.list<string>('responseHeaders').map((name) => name.toLowerCase()),
    methods: read.list<string>('methods'),
    baseBackoffMs,
    // Base and maximum may come from different levels; Envoy refuses a maximum below the base.
    maxBackoffMs: Math.max(read.ms('backoff.max') ?? 250, baseBackoffMs),
    ...(headers.length === 0 ? {} : { serverDirected: { headers, maxMs: read.ms('backoff.serverDirected.max') ?? 5_000 } }),
    avoidPreviousHosts: read.flag('avoidPreviousHosts'),
    avoidPreviousLocalities: read.flag('avoidPreviousLocalities'),
    hedge: read.flag('hedge.onPerTryTimeout'),
    origin: read.origin('attempts'),
  };
  return { kind: 'retry', values };
}
