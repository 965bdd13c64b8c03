// The private files of a data folder that replicas share, and their keys in Secret `weft-ca`. Roots' certificates are public; everything else is not.
import { join } from 'node:path';
import {
  type AuthorityOptions,
  type CaState,
  firstState,
  makePrivateDirectory,
  plainFiles,
  readPrivateFile,
  stateText,
  writePrivateFile,
} from '../../identity/index.ts';
import type { Texts } from './shared-secret.ts';

export const STATE = 'state.json';
const OTHERS: Readonly<Record<string, string>> = { 'admin.token': 'admin.token', 'tokens.key': 'tokens.key' };
/** Of a root, by its folder: the first one is in the folder of all, and its keys in the Secret are without a number. */
const OF_ROOT: Readonly<Record<string, string>> = { 'ca.crt': 'root.pem', 'ca.key': 'root.key', 'issuer.key': 'issuer.key' };

const keyIn = (folder: string, key: string): string => (folder === '.' ? key : `${folder}.${key}`);

/** Keys in the Secret of the roots that a state lists, and the files they are. */
function filesOf({ anchors }: CaState): Readonly<Record<string, string>> {
  return Object.fromEntries(anchors.flatMap(({ folder }) => Object.entries(OF_ROOT).map(([key, file]) => [keyIn(folder, key), join('ca', folder, file)])));
}

const isPublic = (key: string): boolean => key.endsWith('ca.crt');

/** The state that is in a Secret; of one from before roots could be changed there, the first. */
export function stateIn(texts: Texts): CaState {
  const text = texts[STATE];
  return text === undefined ? firstState(0) : (JSON.parse(text) as CaState);
}

/** Certificates of the roots that are in it, PEM. */
export function rootsIn(texts: Texts): readonly string[] {
  return stateIn(texts).anchors.flatMap(({ folder }) => texts[keyIn(folder, 'ca.crt')] ?? []);
}

/** What is in a Secret beside what belongs to roots and says how far they have got. */
export function withoutRoots(texts: Texts): Texts {
  const gone = filesOf(stateIn(texts));
  return Object.fromEntries(Object.entries(texts).filter(([key]) => gone[key] === undefined && key !== STATE));
}

export class AuthorityFiles {
  readonly #directory: string;
  readonly #files: NonNullable<AuthorityOptions['files']>;

  constructor({ directory, files = plainFiles }: AuthorityOptions) {
    this.#directory = directory;
    this.#files = files;
  }

  /** What the folder has for a state, the state itself included. */
  read(state: CaState): Texts {
    const found = Object.entries({ ...filesOf(state), ...OTHERS }).flatMap(([key, file]) => {
      const path = join(this.#directory, file);
      const text = isPublic(key) ? readPrivateFile(path) : this.#files.read(path);
      return text === undefined ? [] : [[key, text] as const];
    });
    return { ...Object.fromEntries(found), [STATE]: stateText(state) };
  }

  /** Writes what a Secret has; with `roots` only what belongs to these, by name. */
  write(texts: Texts, roots?: readonly string[]): void {
    const state = stateIn(texts);
    const meant = roots === undefined ? state : { ...state, anchors: state.anchors.filter(({ name }) => roots.includes(name)) };
    for (const { folder } of meant.anchors) makePrivateDirectory(join(this.#directory, 'ca', folder));
    for (const [key, file] of Object.entries(roots === undefined ? { ...filesOf(meant), ...OTHERS } : filesOf(meant))) {
      const [text, path] = [texts[key], join(this.#directory, file)];
      if (text === undefined) continue;
      if (isPublic(key)) writePrivateFile(path, text);
      else this.#files.write(path, text);
    }
    if (roots === undefined && texts[STATE] !== undefined) writePrivateFile(join(this.#directory, 'ca', STATE), texts[STATE]);
  }
}
