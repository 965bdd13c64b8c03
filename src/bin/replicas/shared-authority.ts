// The mesh's authority is one, however many control planes there are: it is made by whoever is first, and kept in a Secret that every
// replica begins with and follows. How far a change of the root has got is in it too, so no replica has to live for it to go on.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeftError } from '../../base/index.ts';
import { Authority, type AuthorityOptions, type CaState, openTokenKey, readState, stateText } from '../../identity/index.ts';
import type { KubeClient } from '../../kube/index.ts';
import { adminToken } from '../../manage/index.ts';
import { fingerprintOf } from '../../wire/index.ts';
import type { Log } from '../logger.ts';
import { AuthorityFiles, rootsIn, STATE, stateIn, withoutRoots } from './authority-files.ts';
import { SharedSecret, type Texts } from './shared-secret.ts';

/** The Secret, in the namespace of the control plane. */
export const CA_SECRET = 'weft-ca';
const RETRY_MS = 2000;
const REFUSED = { retryable: false, grpc: 9, http: 409 } as const;

export interface SharedAuthorityOptions {
  readonly client: KubeClient;
  readonly authority: AuthorityOptions;
  readonly log: Log;
}

const NOBODY: CaState = { version: 1, anchors: [], current: '', cycle: 0, retired: [] };
const revisionOf = ({ revision = 0 }: CaState): number => revision;

export class SharedAuthority implements AsyncDisposable {
  readonly authority: Authority;
  readonly #options: SharedAuthorityOptions;
  readonly #secret: SharedSecret;
  readonly #files: AuthorityFiles;
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;

  private constructor(options: SharedAuthorityOptions, { secret, files }: { readonly secret: SharedSecret; readonly files: AuthorityFiles }) {
    this.#options = options;
    this.#secret = secret;
    this.#files = files;
    this.authority = Authority.open(options.authority);
    this.#following = secret.follow((texts) => this.#told(texts), this.#stop.signal);
  }

  /**
   * Opens the authority that all replicas share. Waits for an API server where this folder has no authority yet; one that has goes on without.
   * Throws `authority-differs` when the folder has another mesh's root than the Secret.
   */
  static async open(options: SharedAuthorityOptions): Promise<SharedAuthority> {
    const { authority, client, log } = options;
    const parts = { secret: new SharedSecret(client, CA_SECRET), files: new AuthorityFiles(authority) };
    const known = ownRoots(parts.files, authority);
    for (;;) {
      try {
        await settle(options, parts, known);
        return new SharedAuthority(options, parts);
      } catch (error) {
        if (!(error instanceof WeftError) || !error.class.retryable) throw error;
        log('warn', 'the Secret with the authority cannot be read', { secret: CA_SECRET, error: error.message });
        if (known.length > 0) return new SharedAuthority(options, parts);
        await sleep(RETRY_MS);
      }
    }
  }

  /**
   * Puts a state in force for all replicas: in the Secret first, then here; the others follow. Rejects with `rotation-refused` when the Secret
   * has got further than the state that this one was made of, and takes that over.
   */
  async commit(state: CaState): Promise<void> {
    const own = this.#files.read(state);
    await this.#secret.change((texts) => {
      if (revisionOf(stateIn(texts)) + 1 !== revisionOf(state)) {
        this.#told(texts);
        throw new WeftError('rotation-refused', REFUSED, 'another replica has changed the state of the authority meanwhile: see it with `weft ca show`');
      }
      return { ...own, ...withoutRoots(texts), [STATE]: stateText(state) };
    });
    if (revisionOf(this.authority.state) < revisionOf(state)) this.authority.setState(state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  #told(texts: Texts | undefined): void {
    const { log } = this.#options;
    try {
      if (texts === undefined || rootsIn(texts).length === 0) {
        log('error', 'the Secret with the authority is gone, or has no root: what is known of it holds on; restore it', { secret: this.#secret.place });
        return;
      }
      const state = stateIn(texts);
      const own = this.authority.state;
      if (revisionOf(state) <= revisionOf(own)) return;
      const known = new Set(own.anchors.map(({ name }) => name));
      this.#files.write(
        texts,
        state.anchors.flatMap(({ name }) => (known.has(name) ? [] : [name])),
      );
      this.authority.adopt(state);
      log('info', 'the state of the authority is what another replica has made of it', { revision: revisionOf(state), phase: state.rotation?.phase ?? 'none' });
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      log('error', 'the Secret with the authority cannot be used: what is known of it holds on', { secret: this.#secret.place, error: words });
    }
  }
}

interface Parts {
  readonly secret: SharedSecret;
  readonly files: AuthorityFiles;
}

/** Fingerprints of the roots that this folder begins with. */
function ownRoots(files: AuthorityFiles, { directory }: AuthorityOptions): readonly string[] {
  const state = readState(join(directory, 'ca'));
  const texts = files.read(state ?? stateIn({}));
  return rootsIn(texts).map(fingerprintOf);
}

async function settle(options: SharedAuthorityOptions, { secret, files }: Parts, known: readonly string[]): Promise<void> {
  const { authority } = options;
  const texts = (await secret.read()) ?? (await make(options, { secret, files }));
  const roots = rootsIn(texts).map(fingerprintOf);
  if (roots.length === 0)
    throw new WeftError('authority-unusable', REFUSED, `${secret.place} has no ca.crt\n  restore it, or delete it and a new authority is made`);
  const ours = new Set([...roots, ...stateIn(texts).retired.map(({ fingerprint }) => fingerprint)]);
  if (known.length > 0 && !known.some((root) => ours.has(root)))
    throw new WeftError(
      'authority-differs',
      REFUSED,
      `${authority.directory} has another root than ${secret.place}\n  start with an empty data folder, and it takes the one of the Secret`,
    );
  files.write(texts);
  if (texts['tokens.key'] === undefined) files.write(await withTokenKey(secret, files, authority));
}

/** Makes an authority and keeps it; where another replica was faster, its one. */
async function make({ authority }: SharedAuthorityOptions, { secret, files }: Parts): Promise<Texts> {
  const { state } = Authority.open(authority);
  adminToken(join(authority.directory, 'admin.token'), authority.files);
  openTokenKey(join(authority.directory, 'tokens.key'), authority.files);
  const own = files.read(state);
  return secret.change((texts) => (Object.keys(texts).length > 0 ? undefined : own));
}

/** A Secret from before replicas shared the key that signs tokens gets one. */
async function withTokenKey(secret: SharedSecret, files: AuthorityFiles, { directory, files: keys }: AuthorityOptions): Promise<Texts> {
  openTokenKey(join(directory, 'tokens.key'), keys);
  const own = files.read(NOBODY)['tokens.key'];
  return secret.change((texts) => (texts['tokens.key'] !== undefined || own === undefined ? undefined : { ...texts, 'tokens.key': own }));
}
