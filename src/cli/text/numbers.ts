// Numbers as people read them under each other.

/** `12.3`, `0.04`, `1.2k`: three digits that tell. */
export function rateText(value: number): string {
  if (value === 0) return '0';
  if (value >= 100_000) return `${Math.round(value / 1000)}k`;
  if (value >= 1000) return `${(value / 1000).toFixed(1)}k`;
  if (value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `99.95%`; `-` of nothing. What is not all is never written as all. */
export function shareText(share: number | null): string {
  if (share === null) return '-';
  const percent = share * 100;
  const rounded = Math.round(percent * 100) / 100;
  if (rounded === 100 && share < 1) return '99.99%';
  return `${rounded.toFixed(2)}%`;
}

/** `3ms`, `1.2s`; `-` of nothing. */
export function msText(ms: number | null): string {
  if (ms === null) return '-';
  if (ms >= 10_000) return `${Math.round(ms / 1000)}s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)}s`;
  return ms >= 10 ? `${Math.round(ms)}ms` : `${Number(ms.toFixed(1))}ms`;
}

/** `1.2kB`, of bytes. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, at] = [bytes, 0];
  while (value >= 1000 && at < units.length - 1) [value, at] = [value / 1000, at + 1];
  return `${at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}${units[at]}`;
}
