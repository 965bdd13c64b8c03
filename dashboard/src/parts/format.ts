// Numbers and times as people read them: three digits that matter, always a unit. Pure.

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2);
}

/** 1234 -> `1.23 k`. */
export function count(value: number): string {
  const units = ['', ' k', ' M', ' G', ' T'];
  let at = 0;
  let rest = value;
  while (Math.abs(rest) >= 999.5 && at < units.length - 1) {
    rest /= 1000;
    at++;
  }
  return `${digits(rest)}${units[at] ?? ''}`;
}

/** Requests per second. */
export function rate(rps: number): string {
  return rps > 0 && rps < 0.01 ? '<0.01 /s' : `${count(rps)} /s`.replace(/([kMGT]) \//, '$1/');
}

/** A share of 1 as percent; small and nearly whole ones are never rounded away. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (value < 0.01) return '<0.01 %';
  if (value > 99.99) return '>99.99 %';
  return `${value < 1 || value > 99 ? value.toFixed(2) : value.toFixed(1)} %`;
}

/** A duration in ms; null is a dash. */
export function millis(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 1) return `${ms === 0 ? 0 : ms.toFixed(2)} ms`;
  if (ms < 1000) return `${digits(ms)} ms`;
  return ms < 60_000 ? `${digits(ms / 1000)} s` : `${Math.floor(ms / 60_000)} m ${Math.round((ms % 60_000) / 1000)} s`;
}

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let at = 0;
  let rest = value;
  while (rest >= 999.5 && at < units.length - 1) {
    rest /= 1000;
    at++;
  }
  return `${digits(rest)} ${units[at] ?? ''}`;
}

/** How long ago or ahead, one unit: `12 s`, `4 m`, `23 h`, `89 d`. */
export function age(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1000) return '0 s';
  if (size < 90_000) return `${Math.floor(size / 1000)} s`;
  if (size < 5_400_000) return `${Math.floor(size / 60_000)} m`;
  if (size < 172_800_000) return `${Math.floor(size / 3_600_000)} h`;
  return `${Math.floor(size / 86_400_000)} d`;
}

/** A moment, whole, in the reader's own time. */
export function moment(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** A moment of today by its time, of another day with the day. */
export function clock(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
  return new Date(now).toDateString() === date.toDateString() ? time : `${date.toLocaleDateString(undefined, { month: 'short', day: 'numeric' })} ${time}`;
}
