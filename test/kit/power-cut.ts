// A disk as POSIX promises it and no better: what was not synced may be there, in part, in another order, or not at all. A file that was synced has its bytes;
// its name is kept when its folder was synced, too.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Operation } from './recorded-disk.ts';

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly length: number };
/** Names that change together; undefined: gone. */
type Naming = ReadonlyMap<string, Inode | undefined>;

interface FileInode {
  readonly kind: 'file';
  bytes: Buffer;
  unsynced: Change[];
}
interface FolderInode {
  readonly kind: 'folder';
  /** As the processes see them. */
  readonly names: Map<string, Inode>;
  readonly synced: Map<string, Inode>;
  unsynced: Naming[];
}
type Inode = FileInode | FolderInode;

/** What of that which was not synced comes through a cut: `none` and `all` of it, or some, with writes torn into sectors of so many bytes. */
export type Fate = 'none' | 'all' | { readonly sectorBytes: 512 | 4096; readonly random: () => number };

const newFolder = (): FolderInode => ({ kind: 'folder', names: new Map(), synced: new Map(), unsynced: [] });

function change(bytes: Buffer, each: Change): Buffer {
  const end = 'length' in each ? each.length : Math.max(bytes.length, each.at + each.bytes.length);
  const next = end === bytes.length ? bytes : Buffer.concat([bytes.subarray(0, end)], end);
  if ('bytes' in each) each.bytes.copy(next, each.at);
  return next;
}

/** The sectors that a write touches, each a write of its own. */
function torn(each: Change, sectorBytes: number): readonly Change[] {
  if ('length' in each) return [each];
  const pieces: Change[] = [];
  for (let at = each.at; at < each.at + each.bytes.length; ) {
    const end = Math.min(each.at + each.bytes.length, at - (at % sectorBytes) + sectorBytes);
    pieces.push({ at, bytes: each.bytes.subarray(at - each.at, end - each.at) });
    at = end;
  }
  return pieces;
}

/** Of a cut, some things are lost more than others: all, a few, or what came last. */
function some<T>(all: readonly T[], random: () => number): readonly T[] {
  const share = random();
  if (share < 0.3) return all.slice(0, Math.floor(random() * (all.length + 1)));
  return all.filter(() => random() < share);
}

export class PowerCutDisk {
  readonly #root: string;
  readonly #top = newFolder();

  /** `root` is there, and nothing in it. */
  constructor(root: string) {
    this.#root = root;
  }

  #folder(path: string): FolderInode {
    if (path === this.#root) return this.#top;
    const found = this.#inode(path);
    if (found?.kind !== 'folder') throw new Error(`no such folder: ${path}`);
    return found;
  }

  #inode(path: string): Inode | undefined {
    return path === this.#root ? this.#top : this.#folder(dirname(path)).names.get(basename(path));
  }

  #name(folder: FolderInode, naming: Naming): void {
    folder.unsynced.push(naming);
    apply(folder.names, naming);
  }

  do(operation: Exclude<Operation, { kind: 'said' }>): void {
    const { kind, path } = operation;
    const inode = this.#inode(path);
    const folder = path === this.#root ? this.#top : this.#folder(dirname(path));
    switch (kind) {
      case 'mkdir':
        this.#name(folder, new Map([[basename(path), newFolder()]]));
        break;
      case 'create':
        this.#name(folder, new Map([[basename(path), { kind: 'file', bytes: Buffer.alloc(0), unsynced: [] }]]));
        break;
      case 'unlink':
        this.#name(folder, new Map([[basename(path), undefined]]));
        break;
      case 'link':
        this.#name(folder, new Map([[basename(operation.to), inode]]));
        break;
      case 'rename':
        if (dirname(operation.to) !== dirname(path)) throw new Error('no rename between folders is known here');
        this.#name(folder, new Map<string, Inode | undefined>([[basename(path), undefined]]).set(basename(operation.to), inode));
        break;
      case 'sync':
        if (inode !== undefined) sync(inode);
        break;
      // A file that has no name any more is lost by a cut whatever is written to it.
      case 'write':
        if (inode?.kind === 'file') inode.unsynced.push({ at: operation.at, bytes: operation.bytes });
        break;
      case 'truncate':
        if (inode?.kind === 'file') inode.unsynced.push({ length: operation.length });
    }
  }

  /** Puts what a cut now could leave into `into`, which is not there yet. */
  cut(into: string, fate: Fate): void {
    leave(this.#top, into, fate);
  }
}

function apply(names: Map<string, Inode>, naming: Naming): void {
  for (const [name, inode] of naming) {
    if (inode === undefined) names.delete(name);
    else names.set(name, inode);
  }
}

function sync(inode: Inode): void {
  if (inode.kind === 'file') inode.bytes = inode.unsynced.reduce(change, Buffer.from(inode.bytes));
  else for (const naming of inode.unsynced) apply(inode.synced, naming);
  inode.unsynced = [];
}

function surviving<T>(all: readonly T[], fate: Fate): readonly T[] {
  return fate === 'none' ? [] : fate === 'all' ? all : some(all, fate.random);
}

function leave(inode: Inode, path: string, fate: Fate): void {
  if (inode.kind === 'file') {
    const pieces = typeof fate === 'string' ? inode.unsynced : inode.unsynced.flatMap((each) => torn(each, fate.sectorBytes));
    const bytes = surviving(pieces, fate).reduce(change, Buffer.from(inode.bytes));
    writeFileSync(path, bytes, { mode: 0o600 });
    return;
  }
  mkdirSync(path, { mode: 0o700 });
  const names = new Map(inode.synced);
  for (const naming of surviving(inode.unsynced, fate)) apply(names, naming);
  for (const [name, each] of names) leave(each, join(path, name), fate);
}
