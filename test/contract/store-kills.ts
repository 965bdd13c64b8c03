// Kills a writing process again and again at a random moment and looks whether everything it had acknowledged is there.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { openSqliteStore } from '../../src/store/index.ts';
import { realClock } from './store-kit.ts';
import type { Acknowledged } from './store-writer.ts';

export interface KillReport {
  readonly kills: number;
  readonly acknowledged: number;
  /** What was promised and is not there; empty when all is well. */
  readonly lost: readonly string[];
}

interface Promised {
  revision: number;
  readonly documents: Map<string, number>;
  readonly claims: Set<string>;
  count: number;
}

function remember(promised: Promised, line: string): void {
  const said = JSON.parse(line) as Acknowledged;
  promised.count++;
  promised.revision = Math.max(promised.revision, said.revision);
  for (const { name, n } of said.documents) promised.documents.set(name, Math.max(n, promised.documents.get(name) ?? 0));
  if (said.claim !== undefined) promised.claims.add(said.claim);
}

/** Lets the writer acknowledge `enough` writes, waits a random moment, kills it, and reads what it still had said. */
async function killAfter(writer: ChildProcess, enough: number, promised: Promised): Promise<void> {
  if (writer.stdout === null || writer.stderr === null) throw new Error('no pipes to the writer');
  const words: string[] = [];
  writer.stderr.on('data', (chunk) => words.push(String(chunk)));
  const ended = once(writer, 'exit');
  let seen = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    remember(promised, line);
    if (++seen === enough) setTimeout(() => writer.kill('SIGKILL'), Math.random() * 8);
  }
  const [, signal] = await ended;
  if (signal !== 'SIGKILL') throw new Error(`the writer ended by itself: ${words.join('')}`);
}

function integrity(file: string): string {
  const database = new DatabaseSync(file, { timeout: 2_000 });
  try {
    return String(database.prepare('PRAGMA integrity_check').get()?.['integrity_check']);
  } finally {
    database.close();
  }
}

async function missing(file: string, promised: Promised): Promise<readonly string[]> {
  await using store = openSqliteStore({ file, clock: realClock, historyLimit: 200 });
  const lost: string[] = store.revision < promised.revision ? [`revision ${promised.revision}, the store is at ${store.revision}`] : [];
  const found = new Map(store.list().documents.map((document) => [document.metadata.name, Number(document.spec['n'])]));
  for (const [name, n] of promised.documents) {
    if ((found.get(name) ?? 0) < n) lost.push(`${name} = ${n}, found ${found.get(name)}`);
    const twin = name.replace('left', 'right');
    if (found.get(twin) !== found.get(name)) lost.push(`half a transaction: ${name} = ${found.get(name)}, ${twin} = ${found.get(twin)}`);
  }
  const claims = store.listValues('claims');
  for (const claim of promised.claims) if (!claims.has(claim)) lost.push(`claim ${claim}`);
  return lost;
}

/** `kills` times: start the writer on `file`, SIGKILL it, check. */
export async function killWriter(file: string, kills: number): Promise<KillReport> {
  const promised: Promised = { revision: 0, documents: new Map(), claims: new Set(), count: 0 };
  const lost: string[] = [];
  for (let kill = 1; kill <= kills; kill++) {
    const writer = spawn(process.execPath, [join(import.meta.dirname, 'store-writer.ts'), file, String(kill)], { stdio: ['ignore', 'pipe', 'pipe'] });
    await killAfter(writer, 1 + Math.floor(Math.random() * 25), promised);
    const answer = integrity(file);
    if (answer !== 'ok') lost.push(`after kill ${kill}: integrity_check says ${answer}`);
    lost.push(...(await missing(file, promised)).map((what) => `after kill ${kill}: ${what}`));
  }
  return { kills, acknowledged: promised.count, lost };
}
