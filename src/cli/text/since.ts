import { parseDuration } from '../../model/index.ts';
import { usageError } from '../exit.ts';

const DAYS = /^(\d{1,3})d$/;

/** `--since` as epoch ms: a duration back from now (`24h`, `90m`, `7d`). Throws CommandError 64. */
export function readSince(text: string, now: number): number {
  const days = DAYS.exec(text)?.[1];
  const ms = days === undefined ? parseDuration(text) : Number(days) * 86_400_000;
  if (ms === undefined || ms === 0) throw usageError(`--since ${text}: write how far back, for example 24h, 90m or 7d`);
  return now - ms;
}

/** `shop/checkout`, with the namespace in force where none is written. Throws CommandError 64. */
export function readService(value: unknown, namespace: string): string | undefined {
  if (value === undefined) return undefined;
  const text = String(value).replace(/^(?:service|svc)\//, '');
  const name = text.includes('/') ? text : `${namespace}/${text}`;
  if (/^[a-z0-9.-]+\/[a-z0-9.-]+$/.test(name)) return name;
  throw usageError(`${String(value)} is no name of a service: write NAME or NAMESPACE/NAME`);
}
