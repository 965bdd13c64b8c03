import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { PeerView } from '../api/index.ts';
import type { NewRecord } from './record.ts';

/** Lines of their own at most: a scanner with a thousand addresses must not fill the file. */
const MOST_PEERS = 50_000;

const VIEW = `SELECT security, source, address, destination, service, port, connections, first, last, why, tls FROM peer`;

/** Who spoke with whom, and how secured: one line for all connections with the same ends. */
export class PeersTable {
  readonly #add: StatementSync;
  readonly #since: StatementSync;
  readonly #count: StatementSync;
  readonly #prune: StatementSync;

  constructor(database: DatabaseSync) {
    const key = 'security, source, address, destination, service, port';
    this.#add = database.prepare(
      `INSERT INTO peer (${key}, connections, first, last, why, tls) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET connections = connections + excluded.connections, last = max(last, excluded.last), why = excluded.why,
         tls = CASE excluded.tls WHEN '' THEN tls ELSE excluded.tls END`,
    );
    this.#since = database.prepare(`${VIEW} WHERE last >= ? ORDER BY destination, port, security DESC, source, address LIMIT 10000`);
    this.#count = database.prepare('SELECT count(*) AS count FROM peer');
    this.#prune = database.prepare(
      'DELETE FROM peer WHERE (destination, port, security, source, address, service) IN (SELECT destination, port, security, source, address, service FROM peer ORDER BY last LIMIT ?)',
    );
  }

  /** A connection that has ended, or (`connections` 0) a request that says that one lives. */
  add(record: NewRecord, connections: 0 | 1): void {
    const { source, sourceAddress, destination, service, port, at, durationMs, secured, cause, reason, tls = '' } = record;
    const security = cause === 'handshake' ? 'refused' : secured && source !== '' ? 'mtls' : 'plaintext';
    const address = security === 'mtls' ? '' : sourceAddress;
    const last = Math.round(at + durationMs);
    this.#add.run(security, source, address, destination, service, port, connections, at, last, reason, tls);
  }

  since(at: number): readonly PeerView[] {
    return this.#since.all(at).map((row) => ({
      security: String(row['security']) as PeerView['security'],
      source: String(row['source']),
      address: String(row['address']),
      destination: String(row['destination']),
      service: String(row['service']),
      port: Number(row['port']),
      connections: Number(row['connections']),
      first: new Date(Number(row['first'])).toISOString(),
      last: new Date(Number(row['last'])).toISOString(),
      why: String(row['why']),
      ...(row['tls'] === '' ? {} : { tls: String(row['tls']) }),
    }));
  }

  /** Forgets those who were not seen for longest, when there are too many. */
  prune(): void {
    const count = Number(this.#count.get()?.['count'] ?? 0);
    if (count > MOST_PEERS) this.#prune.run(count - MOST_PEERS + MOST_PEERS / 10);
  }
}
