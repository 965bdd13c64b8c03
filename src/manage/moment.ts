// Moments in a query: epoch ms, RFC 3339, or how far back from now.
import { parseDuration } from '../model/index.ts';
import { manageError } from './errors.ts';
import { one, type Query } from './request.ts';

const DAYS = /^(\d{1,4})d$/;

/** Epoch ms; `otherwise` when it is not given. Throws `bad-request`. */
export function readMoment(query: Query, name: string, { now, otherwise }: { readonly now: number; readonly otherwise: number }): number {
  const text = one(query, name);
  if (text === undefined || text === '') return otherwise;
  if (/^\d{10,15}$/.test(text)) return Number(text);
  const days = DAYS.exec(text)?.[1];
  const back = days === undefined ? parseDuration(text) : Number(days) * 86_400_000;
  if (back !== undefined) return now - back;
  const at = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw manageError('bad-request', `${name} must be how far back (10m, 24h, 7d), RFC 3339, or epoch ms, not "${text.slice(0, 40)}"`);
  return at;
}
