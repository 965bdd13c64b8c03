// `weft restore`: a data folder out of a backup, in which nothing of the lost time comes back to life.
import { chmodSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WeftError } from '../base/index.ts';
import type { RestoreReport, RestoreRequest } from '../cli/index.ts';
import { EPOCH, openSeal } from '../identity/index.ts';
import { type BackupFile, beginEpoch, makeFolder, openSqliteStore, readFiles, readHead, type Sealer, type Store, syncFolder } from '../store/index.ts';
import { STORE } from './backup.ts';
import { systemClock } from './clock.ts';

const REFUSED = { retryable: false, grpc: 9, http: 409 } as const;
const USER_TOKENS = 'user-tokens';
const BANS = 'bans';

function writeFile(directory: string, { name, bytes }: BackupFile): void {
  const path = join(directory, name);
  makeFolder(dirname(path));
  writeFileSync(path, bytes, { mode: 0o600, flush: true });
  chmodSync(path, 0o600);
  syncFolder(dirname(path));
}

/** The bans of the folder that is there: a workload that was shut out after the backup stays so. */
async function bansIn(directory: string, seal: RestoreRequest['seal']): Promise<ReadonlyMap<string, string>> {
  const { cipher } = openSeal(directory, seal);
  await using store = openSqliteStore({ file: join(directory, STORE), clock: systemClock, sealer: cipher });
  return store.listValues(BANS);
}

async function oldBans({ directory, seal }: RestoreRequest): Promise<{ readonly bans: ReadonlyMap<string, string>; readonly unread?: string }> {
  if (!existsSync(join(directory, STORE))) return { bans: new Map() };
  try {
    return { bans: await bansIn(directory, seal) };
  } catch (error) {
    // a running control plane is no reason to go on
    if (error instanceof WeftError && error.code === 'store-locked') throw error;
    return { bans: new Map(), unread: error instanceof Error ? error.message : String(error) };
  }
}

/** Tokens of users end, since which of them were revoked nobody knows; join tokens from before are refused by their time. */
async function settle(store: Store, bans: ReadonlyMap<string, string>, at: string): Promise<{ readonly bans: number; readonly tokens: number }> {
  const tokens = [...store.listValues(USER_TOKENS).keys()];
  for (const id of tokens) await store.putValue(USER_TOKENS, id, undefined);
  for (const [key, text] of bans) if (store.getValue(BANS, key) === undefined) await store.putValue(BANS, key, text);
  await store.putValue(EPOCH, 'restored', String(Math.floor(systemClock.now() / 1000) * 1000));
  await store.record([{ who: 'weft restore', verb: 'restore', what: `backup of ${at}`, namespace: '', result: 'done' }]);
  return { bans: store.listValues(BANS).size, tokens: tokens.length };
}

function sealerOf(directory: string, seal: string, sources: RestoreRequest['seal']): Sealer | undefined {
  if (seal === '') return undefined;
  writeFile(directory, { name: 'seal.json', bytes: Buffer.from(seal) });
  return openSeal(directory, sources).cipher;
}

/** Makes the folder beside its place and puts it there when it is whole. Throws WeftError; then nothing was changed. */
export async function restore(request: RestoreRequest): Promise<RestoreReport> {
  const { directory, lines, replace } = request;
  const there = existsSync(directory) && readdirSync(directory).length > 0;
  if (there && !replace)
    throw new WeftError(
      'restore-refused',
      REFUSED,
      `there is something in ${directory}: name another folder with --data, or give --replace, and it is set aside`,
    );
  const head = readHead(lines[0] ?? '');
  const kept = await oldBans(request);
  const making = `${directory}.restoring`;
  rmSync(making, { recursive: true, force: true });
  makeFolder(making);
  try {
    const sealer = sealerOf(making, head.seal, request.seal);
    for (const file of readFiles(lines.slice(1), head, sealer)) writeFile(making, file);
    const { revision } = beginEpoch(join(making, STORE), systemClock.now());
    const store = openSqliteStore({ file: join(making, STORE), clock: systemClock, ...(sealer === undefined ? {} : { sealer }) });
    const documents = store.list().documents.length;
    const settled = await settle(store, kept.bans, head.at);
    await store[Symbol.asyncDispose]();
    const before = there ? `${directory}.before-${new Date(systemClock.now()).toISOString().replace(/[:.]/g, '-')}` : undefined;
    if (before !== undefined) renameSync(directory, before);
    else rmSync(directory, { recursive: true, force: true });
    renameSync(making, directory);
    syncFolder(dirname(directory));
    const unread = kept.unread === undefined ? {} : { unread: kept.unread };
    return { directory, at: head.at, revision, documents, ...settled, ...(before === undefined ? {} : { before }), ...unread };
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
