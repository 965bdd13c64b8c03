// `weft seal`: the seal of a data folder whose control plane does not run.
import { join } from 'node:path';
import type { SealReport, SealSources } from '../cli/index.ts';
import { defaultKeyFile, makeKeyFile, namedKey, openSeal, readHeader, rekeySeal } from '../identity/index.ts';
import { openSqliteStore } from '../store/index.ts';
import { systemClock } from './clock.ts';

/** What seals the folder, and where its key is looked for; with `open`, throws when the key does not open it. */
export async function sealStatus(directory: string, sources: SealSources, open: boolean): Promise<SealReport> {
  const header = readHeader(directory);
  if (header === undefined) return { directory, sealed: false, install: '', kind: 'none', keyCheck: '', keyFrom: '' };
  if (open) openSeal(directory, sources);
  const { install, keyCheck, derivation } = header;
  const keyFrom = namedKey(sources)?.from ?? defaultKeyFile(sources, install);
  return { directory, sealed: true, install, kind: derivation.name === 'scrypt' ? 'passphrase' : 'key-file', keyCheck, keyFrom };
}

/** Seals everything anew with another key. The store is held meanwhile, so no control plane can be writing. */
export async function rekey(
  directory: string,
  sources: SealSources,
  to: { readonly kind: 'key-file' | 'passphrase'; readonly path: string },
): Promise<SealReport> {
  const file = join(directory, 'weft.db');
  const { cipher } = openSeal(directory, sources);
  await openSqliteStore({ file, clock: systemClock, sealer: cipher })[Symbol.asyncDispose]();
  let sealing: Promise<void> | undefined;
  rekeySeal(directory, {
    from: sources,
    to: { ...to, from: to.path },
    rows: (next) => {
      // Opening seals what another key sealed.
      const store = openSqliteStore({ file, clock: systemClock, sealer: next });
      sealing = Promise.resolve(store[Symbol.asyncDispose]());
    },
  });
  await sealing;
  const key = to.kind === 'key-file' ? { keyFile: to.path } : { passphraseFile: to.path };
  return sealStatus(directory, { env: {}, home: sources.home, ...key }, true);
}

export async function newKey(path: string): Promise<void> {
  makeKeyFile(path);
}
