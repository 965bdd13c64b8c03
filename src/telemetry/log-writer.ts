// Lines of access logs on their way to files and to standard output. Files are 0600 below a folder that is 0700, one folder for each namespace,
// and are turned over once at a size, so that no namespace fills the disk. What cannot be written is counted.
import { appendFileSync, mkdirSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LogPlace } from './access-log.ts';

export interface LogWriterOptions {
  readonly folder: string;
  /** A file that has so much becomes `NAME.1`, and a new one is begun. */
  readonly turnBytes: number;
}

const STDOUT = 1;
/** What waits for one place, at most. */
const WAITING_LINES = 50_000;
const MOST_FILES = 1000;

export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #waiting = new Map<string, string[]>();
  readonly #sizes = new Map<string, number>();
  #lost = 0;

  constructor(options: LogWriterOptions) {
    this.#options = options;
  }

  /** `namespace`: of what was called; its files are its own. */
  add({ type, path }: LogPlace, namespace: string, line: string): void {
    const place = type === 'Stdout' ? '' : join(this.#options.folder, namespace, path);
    const waiting = this.#waiting.get(place) ?? [];
    if (waiting.length >= WAITING_LINES || (waiting.length === 0 && this.#waiting.size >= MOST_FILES)) this.#lost++;
    else {
      waiting.push(line);
      this.#waiting.set(place, waiting);
    }
  }

  /** Writes what waits. Returns how many lines were lost since the last time. */
  flush(): number {
    for (const [place, lines] of this.#waiting) {
      try {
        const text = `${lines.join('\n')}\n`;
        if (place === '') writeSync(STDOUT, text);
        else this.#append(place, text);
      } catch {
        this.#lost += lines.length;
      }
    }
    this.#waiting.clear();
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  #append(file: string, text: string): void {
    let size = this.#sizes.get(file);
    if (size === undefined) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    }
    if (size > 0 && size + text.length > this.#options.turnBytes) {
      renameSync(file, `${file}.1`);
      size = 0;
    }
    appendFileSync(file, text, { mode: 0o600 });
    this.#sizes.set(file, size + Buffer.byteLength(text));
  }
}
