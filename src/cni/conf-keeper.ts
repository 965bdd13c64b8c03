// Keeps our configuration what it is to be, whatever others do in the folder.
import { closeSync, type FSWatcher, fsyncSync, openSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type ConfFile, type ConfProblem, confOf, isConf } from './conf.ts';
import { CONF_FILE } from './names.ts';

export interface ConfKeeperOptions {
  /** As it is seen from here. */
  readonly folder: string;
  /** Where the plugin finds the agent. */
  readonly socket: string;
  /** Told once for each change. */
  readonly changed: (state: ConfState) => void;
  readonly everyMs?: number;
}

export type ConfState = { readonly kind: 'written' } | { readonly kind: 'kept' } | ConfProblem;

/** Writes a file whole or not at all. */
export function replaceFile(path: string, text: string, mode: number): void {
  // without the ending of a configuration: no runtime takes half of it
  const waiting = `${path}.weft-new`;
  const file = openSync(waiting, 'w', mode);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(waiting, path);
}

function filesOf(folder: string): readonly ConfFile[] {
  return readdirSync(folder)
    .filter(isConf)
    .flatMap((name) => {
      try {
        return [{ name, text: readFileSync(join(folder, name), 'utf8') }];
      } catch {
        return []; // gone meanwhile, or a folder
      }
    });
}

/** Our file as it must be now. Where there is nothing to chain to it is taken away: a node without a network says so. Throws what the system says. */
export function keepConf(folder: string, socket: string): ConfState {
  const files = filesOf(folder);
  const there = files.find(({ name }) => name === CONF_FILE)?.text;
  const wanted = confOf(files, socket);
  if (!wanted.ok) {
    if (wanted.error.kind === 'none') rmSync(join(folder, CONF_FILE), { force: true });
    return wanted.error;
  }
  if (there === wanted.value) return { kind: 'kept' };
  replaceFile(join(folder, CONF_FILE), wanted.value, 0o600);
  return { kind: 'written' };
}

/** A folder is watched, and looked at now and then all the same: one that is replaced tells nobody. */
const EVERY_MS = 5000;
const SETTLE_MS = 20;

export class ConfKeeper implements Disposable {
  readonly #options: ConfKeeperOptions;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #told = '';

  private constructor(options: ConfKeeperOptions) {
    this.#options = options;
  }

  /** Begins with the file as it must be. Throws what the system says where the folder cannot be read or written. */
  static open(options: ConfKeeperOptions): ConfKeeper {
    const keeper = new ConfKeeper(options);
    keeper.#tell(keepConf(options.folder, options.socket));
    keeper.#timer = setInterval(() => keeper.#look(), options.everyMs ?? EVERY_MS);
    keeper.#watch();
    return keeper;
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.#options.folder, () => {
        this.#soon ??= setTimeout(() => this.#look(), SETTLE_MS);
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch {
      // the timer sees it a little later
    }
  }

  #look(): void {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    try {
      this.#tell(keepConf(this.#options.folder, this.#options.socket));
    } catch {
      // the folder is being replaced: the next look finds it
    }
  }

  #tell(state: ConfState): void {
    const words = JSON.stringify(state);
    if (state.kind !== 'written' && (state.kind === 'kept' || words === this.#told)) return;
    this.#told = words;
    this.#options.changed(state);
  }

  /** Whether runtimes take our configuration now. */
  get standing(): boolean {
    const { folder, socket } = this.#options;
    const wanted = confOf(filesOf(folder), socket);
    return wanted.ok && filesOf(folder).some(({ name, text }) => name === CONF_FILE && text === wanted.value);
  }

  /** Runtimes go on without us from now on. */
  remove(): void {
    this[Symbol.dispose]();
    rmSync(join(this.#options.folder, CONF_FILE), { force: true });
  }

  /** Our file stays: a node that starts again must not start pods without us. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#watcher?.close();
  }
}
