import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { UseView } from '../api/index.ts';
import type { NewRecord } from './record.ts';
import { templateOf } from './template.ts';

const HOUR_MS = 3_600_000;
/** Distinct lines of one hour, port and caller: ids that are not recognised as such must not fill the file. */
const MOST_OF_CALLER = 200;
const MOST_USES = 500_000;
/** What a path becomes when its caller has asked for too many. */
const REST = '/{**}';

const KEY = 'hour, destination, port, source, outcome, method, path, policy, service';
const GROUP = 'outcome, source, destination, service, port, method, path, policy';

/** Refusals for what a caller could not show: whether he may is not known by that. */
const OF_OTHERS: ReadonlySet<string> = new Set(['jwt-denied', 'ext-authz-denied', 'ext-authz-unavailable']);

/** Outcomes that an authorization decides; who was refused for another cause was still let in. */
function outcomesOf({ cause, policy, wouldDeny, own }: NewRecord): readonly { readonly outcome: UseView['outcome']; readonly policy: string }[] {
  if (own && cause === 'authz-denied') return [{ outcome: 'denied', policy }];
  if (own && OF_OTHERS.has(cause)) return [];
  return [{ outcome: 'passed', policy: '' }, ...wouldDeny.map((each) => ({ outcome: 'would-deny' as const, policy: each }))];
}

/** What callers do at ports, by the hour, with ids taken out of paths: it tells in little room, and for long, what policies are made of. */
export class UsesTable {
  readonly #add: StatementSync;
  readonly #since: StatementSync;
  readonly #count: StatementSync;
  readonly #prune: StatementSync;
  #hour = 0;
  readonly #known = new Map<string, Set<string>>();

  constructor(database: DatabaseSync) {
    this.#add = database.prepare(
      `INSERT INTO use (${KEY}, count, first, last) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
       ON CONFLICT DO UPDATE SET count = count + 1, first = min(first, excluded.first), last = max(last, excluded.last)`,
    );
    this.#since = database.prepare(
      `SELECT ${GROUP}, sum(count) AS count, min(first) AS first, max(last) AS last FROM use WHERE last >= ? GROUP BY ${GROUP} ORDER BY destination, port, source, count DESC LIMIT 20000`,
    );
    this.#count = database.prepare('SELECT count(*) AS count FROM use');
    this.#prune = database.prepare(`DELETE FROM use WHERE (${KEY}) IN (SELECT ${KEY} FROM use ORDER BY hour LIMIT ?)`);
  }

  add(record: NewRecord): void {
    const { at, source, destination, service, port, method } = record;
    const hour = Math.floor(at / HOUR_MS);
    const template = templateOf(record.path);
    const path = this.#boundedPath(hour, `${destination} ${port} ${source}`, `${method} ${template}`, template);
    for (const { outcome, policy } of outcomesOf(record)) this.#add.run(hour, destination, port, source, outcome, method, path, policy, service, at, at);
  }

  #boundedPath(hour: number, place: string, line: string, path: string): string {
    if (hour !== this.#hour || this.#known.size > 10_000) {
      this.#hour = hour;
      this.#known.clear();
    }
    const known = this.#known.get(place) ?? new Set();
    this.#known.set(place, known);
    if (known.has(line)) return path;
    if (known.size >= MOST_OF_CALLER) return REST;
    known.add(line);
    return path;
  }

  since(at: number): readonly UseView[] {
    return this.#since.all(at).map((row) => ({
      outcome: String(row['outcome']) as UseView['outcome'],
      source: String(row['source']),
      destination: String(row['destination']),
      service: String(row['service']),
      port: Number(row['port']),
      method: String(row['method']),
      path: String(row['path']),
      policy: String(row['policy']),
      count: Number(row['count']),
      first: new Date(Number(row['first'])).toISOString(),
      last: new Date(Number(row['last'])).toISOString(),
    }));
  }

  prune(): void {
    const count = Number(this.#count.get()?.['count'] ?? 0);
    if (count > MOST_USES) this.#prune.run(count - MOST_USES + MOST_USES / 10);
  }
}
