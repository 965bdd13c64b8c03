const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/** `5s`, `4m10s`, `3h`, `5d3h`: how kubectl writes ages, two units while both are telling. Input in ms; what is negative is `0s`. */
export function ageText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 2 * MINUTE) return `${s}s`;
  if (s < 10 * MINUTE) return two(s, MINUTE, 'm', 1, 's');
  if (s < 3 * HOUR) return `${Math.floor(s / MINUTE)}m`;
  if (s < 8 * HOUR) return two(s, HOUR, 'h', MINUTE, 'm');
  if (s < 2 * DAY) return `${Math.floor(s / HOUR)}h`;
  if (s < 8 * DAY) return two(s, DAY, 'd', HOUR, 'h');
  if (s < 730 * DAY) return `${Math.floor(s / DAY)}d`;
  return two(s, 365 * DAY, 'y', DAY, 'd');
}

function two(s: number, large: number, unit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((s % large) / small);
  return `${Math.floor(s / large)}${unit}${rest === 0 ? '' : `${rest}${smallUnit}`}`;
}

/** Age of something dated in RFC 3339; `<unknown>` when the date cannot be read. */
export function ageSince(date: unknown, now: number): string {
  const then = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return Number.isNaN(then) ? '<unknown>' : ageText(now - then);
}

/** `10:41:07` of today, `2026-11-20 10:41:07` of another day, in local time. */
export function clockText(at: number, now: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = new Date(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (new Date(now).toDateString() === date.toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
