// What a control plane has on disk of requests, one by one: lines of access logs, spans, and records, each as `code flags grpc-status`.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RecordsView, RecordView, SpanView, TapRequest } from '../../src/api/index.ts';
import type { TestMesh } from './test-mesh.ts';

const outcomeOf = ({ status, flags, grpcStatus }: Pick<SpanView, 'status' | 'flags' | 'grpcStatus'>): string =>
  [String(status), flags.length === 0 ? '-' : flags.join(','), ...(grpcStatus === '' ? [] : [grpcStatus])].join(' ');

/** How often each outcome is among them, sorted. */
export function outcomesOf(told: readonly Pick<SpanView, 'status' | 'flags' | 'grpcStatus'>[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const each of told) counts.set(outcomeOf(each), (counts.get(outcomeOf(each)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Lines of a file of access logs of namespace `shop`; every one of them must be JSON. */
export function linesOf(mesh: TestMesh, name: string): readonly TapRequest[] {
  const file = join(mesh.folder, 'data', 'access-logs', 'shop', name);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as TapRequest);
}

/** Every span that is kept. */
export function spansOf(mesh: TestMesh): readonly SpanView[] {
  const folder = join(mesh.folder, 'data', 'traces');
  // the folder comes with the first span, and so do tables in a file
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.db')) : [];
  return files.flatMap((name) => {
    const database = new DatabaseSync(join(folder, name), { readOnly: true, timeout: 5000 });
    const made = database.prepare("SELECT name FROM sqlite_master WHERE name = 'span'").get() !== undefined;
    const spans = made ? database.prepare('SELECT json FROM span').all() : [];
    database.close();
    return spans.map(({ json }) => JSON.parse(String(json)) as SpanView);
  });
}

/** What is told of requests that began then or later (epoch ms), by an access log `all.log` of all. */
export const toldSince = (mesh: TestMesh, at: number) => ({
  lines: linesOf(mesh, 'all.log').filter((line) => Date.parse(line.at) >= at),
  spans: spansOf(mesh).filter(({ startUs }) => startUs >= at * 1000),
});

/** Every record behind the number `after`, as the API tells them, page by page. */
export async function recordsOf(mesh: TestMesh, after: number): Promise<readonly RecordView[]> {
  const all: RecordView[] = [];
  for (let next = after; ; ) {
    const page = await mesh.call<RecordsView>('/weft/v1/records', { method: 'POST', body: { after: next, limit: 1000 } });
    all.push(...page.items);
    if (page.items.length === 0) return all;
    next = page.next;
  }
}
