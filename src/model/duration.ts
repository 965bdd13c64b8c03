const DURATION = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;
const PART = /([0-9]{1,5})(ms|h|m|s)/g;
const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of a Gateway API duration (GEP-2257: `1h30m`, `250ms`, `0s`), or undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let total = 0;
  for (const [, count = '0', unit = 'ms'] of text.matchAll(PART)) total += Number(count) * (UNIT_MS[unit] ?? 1);
  return total;
}

/** The shortest duration text for whole milliseconds: 90000 → `1m30s`. */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms));
  let text = '';
  for (const unit of ['h', 'm', 's', 'ms']) {
    const size = UNIT_MS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}

const DAY_MS = 86_400_000;

/** How long something lasts, rounded down to one unit: `12 days`, `3h`, `25m`. `ms` below a minute is a minute. */
export function roughDuration(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)} days`;
  const [hour, minute] = [UNIT_MS['h'] ?? 1, UNIT_MS['m'] ?? 1];
  return ms >= 2 * hour ? `${Math.floor(ms / hour)}h` : `${Math.max(1, Math.floor(ms / minute))}m`;
}
