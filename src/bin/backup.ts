// What is in a backup: the store as it is at one moment, and the files of the authority and the tokens.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Clock } from '../base/index.ts';
import { type BackupFile, backupLines, type Sealer, type Store } from '../store/index.ts';

/** What is no part of a backup: the store (its copy is), what proxies told, what is true of this process alone. */
const LEFT_OUT = /^(?:weft\.db|telemetry\.db|access-logs\/|control-plane\.json|kubeconfig|seal\.json|backup-)/;
export const STORE = 'weft.db';
const SEAL = 'seal.json';

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter((name) => !LEFT_OUT.test(name))
    .sort();
}

function sealOf(directory: string): string {
  return statSync(join(directory, SEAL), { throwIfNoEntry: false }) === undefined ? '' : readFileSync(join(directory, SEAL), 'utf8');
}

async function* files(directory: string, store: Pick<Store, 'snapshot'>): AsyncGenerator<BackupFile> {
  // 0700, in the data folder: a disk that holds the store holds its copy, and nobody else may look.
  const beside = mkdtempSync(join(directory, 'backup-'));
  try {
    const copy = join(beside, STORE);
    store.snapshot(copy);
    yield { name: STORE, bytes: readFileSync(copy) };
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  for (const name of filesBelow(directory)) yield { name, bytes: readFileSync(join(directory, name)) };
}

export interface BackupOptions {
  readonly directory: string;
  readonly store: Pick<Store, 'snapshot'>;
  readonly clock: Clock;
  readonly sealer?: Sealer;
}

/** The lines of a backup of a data folder whose control plane runs. */
export function backup({ directory, store, clock, sealer }: BackupOptions): AsyncIterable<string> {
  return backupLines(files(directory, store), { at: clock.now(), seal: sealOf(directory), ...(sealer === undefined ? {} : { sealer }) });
}
