// The mesh's authority is one, however many control planes there are: it is made by whoever is first, and kept in a Secret that every
// replica begins with. What is shared are the private files of a data folder, as they are.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WeftError } from '../../base/index.ts';
import {
  Authority,
  type AuthorityOptions,
  makePrivateDirectory,
  type PrivateFiles,
  plainFiles,
  readPrivateFile,
  writePrivateFile,
} from '../../identity/index.ts';
import { httpOf, type KubeClient, type KubeObject, type ResourceType } from '../../kube/index.ts';
import { adminToken } from '../../manage/index.ts';
import type { Log } from '../logger.ts';

/** The Secret, in the namespace of the control plane. */
export const CA_SECRET = 'weft-ca';
const SECRETS: ResourceType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const RETRY_MS = 2000;
const DIFFERS = { retryable: false, grpc: 9, http: 409 } as const;
const ADMIN = 'admin.token';

/** Keys in the Secret, and the files they are in a data folder. The root's certificate is public; everything else is not. */
const FILES: Readonly<Record<string, string>> = { 'ca.crt': 'ca/root.pem', 'ca.key': 'ca/root.key', 'issuer.key': 'ca/issuer.key', 'admin.token': ADMIN };
const PUBLIC = 'ca.crt';

export interface SharedAuthorityOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'namespace'>;
  readonly authority: AuthorityOptions;
  readonly log: Log;
}

type Texts = Readonly<Record<string, string>>;

class Folder {
  readonly #directory: string;
  readonly #files: PrivateFiles;

  constructor({ directory, files = plainFiles }: AuthorityOptions) {
    this.#directory = directory;
    this.#files = files;
  }

  read(): Texts {
    const found = Object.entries(FILES).flatMap(([key, file]) => {
      const path = join(this.#directory, file);
      const text = key === PUBLIC ? readPrivateFile(path) : this.#files.read(path);
      return text === undefined ? [] : [[key, text] as const];
    });
    return Object.fromEntries(found);
  }

  write(texts: Texts): void {
    makePrivateDirectory(join(this.#directory, 'ca'));
    for (const [key, file] of Object.entries(FILES)) {
      const [text, path] = [texts[key], join(this.#directory, file)];
      if (text === undefined) continue;
      if (key === PUBLIC) writePrivateFile(path, text);
      else this.#files.write(path, text);
    }
  }
}

/**
 * Opens the authority that all replicas share. Waits for an API server where this folder has no authority yet; one that has goes on without.
 * Throws `authority-differs` when the folder has another root than the Secret.
 */
export async function openSharedAuthority(options: SharedAuthorityOptions): Promise<Authority> {
  const { authority, log } = options;
  const folder = new Folder(authority);
  const own = folder.read();
  for (;;) {
    try {
      await settle(options, folder, own);
      return Authority.open(authority);
    } catch (error) {
      if (!(error instanceof WeftError) || !error.class.retryable) throw error;
      log('warn', 'the Secret with the authority cannot be read', { secret: CA_SECRET, error: error.message });
      if (own[PUBLIC] !== undefined) return Authority.open(authority);
      await sleep(RETRY_MS);
    }
  }
}

async function settle({ client, authority }: SharedAuthorityOptions, folder: Folder, own: Texts): Promise<void> {
  const name = { namespace: client.namespace, name: CA_SECRET };
  const shared = (await client.get(SECRETS, name)) ?? (await make(client, authority, folder));
  const texts = textsOf(shared);
  if (texts[PUBLIC] === undefined)
    throw new WeftError(
      'authority-unusable',
      DIFFERS,
      `Secret ${name.namespace}/${name.name} has no ca.crt\n  restore it, or delete it and a new authority is made`,
    );
  if (own[PUBLIC] !== undefined && own[PUBLIC] !== texts[PUBLIC])
    throw new WeftError(
      'authority-differs',
      DIFFERS,
      `${authority.directory} has another root than Secret ${name.namespace}/${name.name}\n  start with an empty data folder, and it takes the one of the Secret`,
    );
  if (own[PUBLIC] === undefined) folder.write(texts);
}

/** Makes an authority and keeps it; where another replica was faster, its one. */
async function make(client: SharedAuthorityOptions['client'], authority: AuthorityOptions, folder: Folder): Promise<KubeObject> {
  Authority.open(authority);
  adminToken(join(authority.directory, ADMIN), authority.files);
  const data = Object.fromEntries(Object.entries(folder.read()).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
  const metadata = { namespace: client.namespace, name: CA_SECRET, labels: { 'app.kubernetes.io/part-of': 'weft' } };
  try {
    return await client.create(SECRETS, { metadata, type: 'Opaque', data });
  } catch (error) {
    if (httpOf(error) !== 409) throw error;
    const theirs = await client.get(SECRETS, metadata);
    if (theirs === undefined) throw error;
    folder.write(textsOf(theirs));
    return theirs;
  }
}

function textsOf(secret: KubeObject): Texts {
  const data = (secret['data'] ?? {}) as Texts;
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString('utf8')]));
}
