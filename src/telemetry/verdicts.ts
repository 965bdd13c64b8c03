// What policies in DryRun would have denied, and when it is safe to enforce them.
import type { UseView, VerdictView } from '../api/index.ts';

/** Refusals, done or would-be, by policy, service and caller; most recent first. */
export function verdictsOf(uses: readonly UseView[]): readonly VerdictView[] {
  const found = new Map<string, VerdictView>();
  for (const { outcome, policy, service, port, source, method, path, count, last } of uses) {
    if (outcome === 'passed') continue;
    const key = JSON.stringify([outcome, policy, service, port, source]);
    const known = found.get(key);
    const line = `${method} ${path}`.trim();
    found.set(key, {
      outcome,
      policy,
      service,
      port,
      source,
      count: (known?.count ?? 0) + count,
      last: known === undefined || last > known.last ? last : known.last,
      requests: [...new Set([...(known?.requests ?? []), line])].slice(0, 10),
    });
  }
  return [...found.values()].sort((a, b) => (a.last < b.last ? 1 : -1));
}
