// A question about traces, as conditions on single spans and on the whole.
import type { TraceSummary, TracesQuery } from '../../api/index.ts';
import { OWN_SERVICE } from './own-span.ts';
import type { Condition } from './partition.ts';

const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

function ofStatus(status: string): Condition {
  if (!/^\dxx$/.test(status)) return { sql: 'status = ?', values: [Number(status)] };
  const least = Number(status[0]) * 100;
  return { sql: 'status BETWEEN ? AND ?', values: [least, least + 99] };
}

/** Every trace that is asked for has a span for which all of these hold. The control plane's own are no requests: who wants them names them. */
export function conditionsOf({ service, namespace, status, error, minMs, since, until, request, path }: TracesQuery): readonly Condition[] {
  return [
    ...(service !== undefined ? [{ sql: 'service = ?', values: [service] }] : namespace === undefined ? [{ sql: 'service <> ?', values: [OWN_SERVICE] }] : []),
    ...(namespace === undefined ? [] : [{ sql: 'namespace = ?', values: [namespace] }]),
    ...(status === undefined ? [] : [ofStatus(status)]),
    ...(error === true ? [{ sql: 'error = 1', values: [] }] : []),
    // of a tree that was told, some span lasts as long as the whole; of one put together nearly so
    ...(minMs === undefined ? [] : [{ sql: 'duration >= ?', values: [service === undefined && status === undefined ? minMs * 1000 : 0] }]),
    ...(since === undefined ? [] : [{ sql: 'at >= ?', values: [since * 1000] }]),
    ...(until === undefined ? [] : [{ sql: 'at <= ?', values: [until * 1000] }]),
    ...(request === undefined ? [] : [{ sql: "request <> '' AND request >= ? AND request < ?", values: [request, `${request}\u{10ffff}`] }]),
    ...(path === undefined ? [] : [{ sql: "path LIKE ? ESCAPE '\\'", values: [`${escaped(path)}%`] }]),
  ];
}

/** What only shows of the whole. */
export function fits({ minMs, maxMs, error }: TracesQuery, { durationUs, error: failed }: TraceSummary): boolean {
  if (minMs !== undefined && durationUs < minMs * 1000) return false;
  if (maxMs !== undefined && durationUs > maxMs * 1000) return false;
  return error !== false || !failed;
}
