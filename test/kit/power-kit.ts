// Cuts of the power, at every point of what a process did to its disk, and what must be there afterwards.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/base/index.ts';
import { Authority, type OpenSeal, openSeal } from '../../src/identity/index.ts';
import { openSqliteStore, type Store } from '../../src/store/index.ts';
import { realClock } from '../contract/store-kit.ts';
import { chance } from './chance.ts';
import { type Fate, PowerCutDisk } from './power-cut.ts';
import { type Operation, readRecord, recording } from './recorded-disk.ts';

export interface Opened {
  readonly directory: string;
  readonly seal: OpenSeal;
  readonly authority: Authority;
  readonly store: Store;
}

/** As `weft up` opens them: the seal (its key elsewhere), the roots, the store. Throws where a human would have to do something. */
export function opened(folder: string, clock: Clock): Opened {
  const directory = join(folder, 'data');
  const seal = openSeal(directory, { env: { XDG_CONFIG_HOME: join(folder, 'config') }, home: folder });
  const authority = Authority.open({ directory, trustDomain: 'example.mesh', clock, files: seal.files });
  const store = openSqliteStore({ file: join(directory, 'weft.db'), clock, sealer: seal.cipher, historyLimit: 20 });
  return { directory, seal, authority, store };
}

interface Said {
  readonly roots?: readonly string[];
  readonly revision?: number;
  readonly n?: number;
  readonly claim?: string;
  readonly counted?: number;
}

interface Promised {
  roots: readonly string[];
  revision: number;
  n: number;
  readonly claims: string[];
  counted: number;
}

function promise(promised: Promised, text: string): void {
  for (const line of text.trim().split('\n')) {
    const { roots, revision, n, claim, counted } = JSON.parse(line) as Said;
    if (roots !== undefined && promised.roots.length === 0) promised.roots = roots;
    promised.revision = revision ?? promised.revision;
    promised.n = n ?? promised.n;
    promised.counted = counted ?? promised.counted;
    if (claim !== undefined) promised.claims.push(claim);
  }
}

/** What was promised and is not there, or stands there by half. */
async function missing(folder: string, promised: Promised): Promise<readonly string[]> {
  const { seal, authority, store, directory } = opened(folder, realClock);
  await using _open = store;
  const [left, right] = ['left', 'right'].map((name) => Number(store.list().documents.find(({ metadata }) => metadata.name === name)?.spec['n'] ?? 0));
  const claims = store.listValues('claims');
  const counted = Number(seal.files.read(join(directory, 'ca', 'counted.token')) ?? 0);
  const roots = authority.fingerprints;
  return [
    ...(store.revision < promised.revision ? [`revision ${promised.revision}, found ${store.revision}`] : []),
    ...((left ?? 0) < promised.n ? [`n = ${promised.n}, found ${left}`] : []),
    ...(left === right ? [] : [`half a transaction: ${left} and ${right}`]),
    ...promised.claims.filter((claim) => !claims.has(claim)).map((claim) => `claim ${claim}`),
    ...(counted < promised.counted ? [`the file says ${counted}, not ${promised.counted}`] : []),
    ...promised.roots.filter((root) => !roots.includes(root)).map((root) => `root ${root}`),
    ...(store.verifyAudit().ok ? [] : ['the audit log does not verify']),
  ];
}

/** What the writer does in so many transactions a session, of which all but the last are killed. */
function recorded(folder: string, sessions: readonly number[]): readonly Operation[] {
  const [under, record] = [join(folder, 'disk'), join(folder, 'record')];
  mkdirSync(under);
  const env = { ...process.env, ...recording(folder, under, record) };
  for (const [at, transactions] of sessions.entries()) {
    const last = at === sessions.length - 1;
    const args = [join(import.meta.dirname, 'power-writer.ts'), under, String(transactions), last ? 'closed' : 'killed'];
    const { status, signal, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
    if (last ? status !== 0 : signal !== 'SIGKILL') throw new Error(`the writer ended with ${status ?? signal}: ${stderr}`);
  }
  return readRecord(readFileSync(record));
}

export interface PowerReport {
  readonly syncs: number;
  readonly cuts: number;
  readonly acknowledged: number;
  readonly lost: readonly string[];
}

export interface PowerOptions {
  /** Transactions of each session of the writer. */
  readonly sessions: readonly number[];
  /** About so many cuts, most of them at syncs. */
  readonly cuts: number;
  readonly seed: number;
  /** Told after every cut how far it is, 0 to 1, and what was lost so far. */
  readonly told?: (share: number, lost: number) => void;
}

/** Here syncs cost nothing; it is the order that counts. */
const MEMORY = '/dev/shm';

/** Records a writer, then cuts the power at its syncs and between them, and opens what is left. */
export async function cutPower({ sessions, cuts, seed, told }: PowerOptions): Promise<PowerReport> {
  const folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'weft-power-'));
  try {
    const operations = recorded(folder, sessions);
    const { next: random } = chance(seed);
    const disk = new PowerCutDisk(join(folder, 'disk'));
    const promised: Promised = { roots: [], revision: 0, n: 0, claims: [], counted: 0 };
    const syncs = operations.filter(({ kind }) => kind === 'sync').length;
    // Before a sync all that it would keep is at stake; after it, it must be there.
    const [bySync, between] = [(cuts * 0.8) / (2 * syncs), (cuts * 0.2) / operations.length];
    const lost: string[] = [];
    let [made, acknowledged] = [0, 0];
    const fates: readonly Fate[] = ['none', { sectorBytes: 512, random }, { sectorBytes: 4096, random }, 'all'];
    const cut = async (at: number): Promise<void> => {
      const fate = fates[made++ % fates.length] ?? 'none';
      const left = join(folder, `cut${made}`);
      disk.cut(left, fate);
      const found = await missing(left, promised).catch((error: Error) => [`it does not open: ${error.message}`]);
      const where = `cut ${made} before operation ${at} (${operations[at]?.kind}), ${typeof fate === 'string' ? fate : `some in ${fate.sectorBytes}`}`;
      lost.push(...found.map((what) => `${where}: ${what}`));
      rmSync(left, { recursive: true, force: true });
      told?.(at / operations.length, lost.length);
    };
    for (const [at, operation] of operations.entries()) {
      const near = operation.kind === 'sync' || operations[at - 1]?.kind === 'sync';
      for (let often = near ? bySync : between; random() < often; often--) await cut(at);
      if (operation.kind !== 'said') disk.do(operation);
      else acknowledged += operation.text.trim().split('\n').length;
      if (operation.kind === 'said') promise(promised, operation.text);
    }
    return { syncs, cuts: made, acknowledged, lost };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
