// What processes do to files, recorded (recorded-disk.c). Needs a C compiler.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export type Operation =
  | { readonly kind: 'mkdir' | 'create' | 'sync' | 'unlink'; readonly path: string }
  | { readonly kind: 'write'; readonly path: string; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly path: string; readonly length: number }
  | { readonly kind: 'rename' | 'link'; readonly path: string; readonly to: string }
  /** On standard output: what it has acknowledged. */
  | { readonly kind: 'said'; readonly text: string };

/** Environment of a process that is recorded: what it does below `under` goes to the file `record`. `folder` is for the library. */
export function recording(folder: string, under: string, record: string): Readonly<Record<string, string>> {
  const library = join(folder, 'recorded-disk.so');
  const source = join(import.meta.dirname, 'recorded-disk.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, source, '-lpthread'], { stdio: ['ignore', 'inherit', 'inherit'] });
  return { LD_PRELOAD: library, WEFT_TEST_RECORD: record, WEFT_TEST_RECORD_UNDER: under };
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get over(): boolean {
    return this.#at >= this.#bytes.length;
  }

  line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    const line = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return line;
  }

  take(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

const WRITE = /^(\d+) (\d+) (.*)$/s;
const TRUNCATE = /^(\d+) (.*)$/s;

function operation(kind: string, rest: string, reader: Reader): Operation {
  const [first = '', second = '', third = ''] = (kind === 'write' ? WRITE : TRUNCATE).exec(rest)?.slice(1) ?? [];
  switch (kind) {
    case 'write':
      return { kind, path: third, at: Number(first), bytes: reader.take(Number(second)) };
    case 'truncate':
      return { kind, path: second, length: Number(first) };
    case 'said':
      return { kind, text: reader.take(Number(rest)).toString('utf8') };
    case 'rename':
    case 'link':
      return { kind, path: rest, to: reader.line() };
    case 'mkdir':
    case 'create':
    case 'sync':
    case 'unlink':
      return { kind, path: rest };
    default:
      throw new Error(`no operation: ${kind} ${rest.slice(0, 100)}`);
  }
}

/** A record, in the order in which it happened. */
export function readRecord(bytes: Buffer): readonly Operation[] {
  const reader = new Reader(bytes);
  const found: Operation[] = [];
  while (!reader.over) {
    const line = reader.line();
    const space = line.indexOf(' ');
    found.push(operation(line.slice(0, space), line.slice(space + 1), reader));
  }
  return found;
}
