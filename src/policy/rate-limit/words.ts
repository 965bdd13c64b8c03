import type { Effective } from '../effective.ts';
import type { PolicyWords, Site } from '../policy.ts';
import { readerOf } from '../read.ts';
import type { Limit, RateLimitSpec } from './schema.ts';

const KEYS = {
  ServiceAccount: 'caller',
  Namespace: 'namespace',
  ClientAddress: 'client address',
  Method: 'method',
  Path: 'path',
  Header: 'header',
  Query: 'query',
} as const;

function limitWords({ name, requests, per, by = [], burst }: Limit): string {
  const each = by.map(({ kind, name: what }) => `${KEYS[kind]}${what === undefined ? '' : ` ${what}`}`).join(' and ');
  return `${name}: ${requests} per ${per}${burst === undefined ? '' : ` (${burst} at once)`}${each === '' ? '' : ` for each ${each}`}`;
}

/** `api: 10 per 1s for each caller`, of one proxy. */
export function rateLimitWords(effective: Effective, site: Site): PolicyWords | undefined {
  const read = readerOf(effective);
  const where = site.side === 'gateway' ? 'in each proxy of the gateway' : 'in each proxy of the service';
  const dry = read.text('enforcement') === 'DryRun' ? 'only counted' : where;
  if (site.protocol !== 'tcp') {
    const limits = read.list<Limit>('limits');
    return limits.length === 0 ? undefined : { value: limits.map(limitWords).join(', '), path: 'limits', note: dry };
  }
  const most = read.number('tcp.maxConnections');
  const fresh = read.given('tcp.newConnections') as NonNullable<RateLimitSpec['tcp']>['newConnections'];
  const words = [
    ...(most === undefined ? [] : [`at most ${most} connections`]),
    ...(fresh === undefined ? [] : [`${fresh.connections} new ones per ${fresh.per}`]),
  ];
  return words.length === 0 ? undefined : { value: words.join(', '), path: most === undefined ? 'tcp.newConnections' : 'tcp.maxConnections', note: dry };
}
