// What the address asks of traces. Pure.
import { type Search, type Span, spanQuery } from '../../state/address.ts';

export const STATUSES = ['', 'failed', '5xx', '4xx', '2xx'] as const;

/** So many are shown at most. */
export const MOST = 100;

/** The question to `/weft/v1/traces`. What a field cannot mean is left out of it. */
export function questionOf(search: Search, namespace: string, span: Span): Readonly<Record<string, string | number | undefined>> {
  const { service, status, minMs, maxMs, path, request } = search;
  const whole = service === undefined || service === '' || service.includes('/') || namespace === '' ? service : `${namespace}/${service}`;
  return {
    ...spanQuery(span),
    namespace: namespace === '' ? undefined : namespace,
    service: whole?.includes('/') === true ? whole : undefined,
    ...(status === 'failed' ? { error: 'true' } : { status }),
    minMs: Number(minMs) > 0 ? minMs : undefined,
    maxMs: Number(maxMs) > 0 ? maxMs : undefined,
    path: path?.startsWith('/') === true ? path : undefined,
    request: request !== undefined && request.length >= 4 ? request : undefined,
    limit: MOST,
  };
}

/** The command that asks the same. */
export function flagsOf({ service, status, minMs, maxMs, path, request }: Search): string {
  const flags: readonly (readonly [string, string | undefined])[] = [
    ['--service', service],
    ['--status', status === 'failed' ? '' : status],
    ['--min', minMs === undefined || minMs === '' ? '' : `${minMs}ms`],
    ['--max', maxMs === undefined || maxMs === '' ? '' : `${maxMs}ms`],
    ['--path', path],
    ['--request', request],
  ];
  const given = flags.flatMap(([flag, value]) => (value === undefined || value === '' ? [] : [` ${flag} ${value}`]));
  return `${given.join('')}${status === 'failed' ? ' --errors' : ''}`;
}
