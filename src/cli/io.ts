import type { Readable } from 'node:stream';

/** The outside of the command line. Data goes to `out`, everything else to `err`. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Standard output is a terminal: colour and live redrawing are welcome. */
  readonly terminal: boolean;
  readonly columns: number;
  /** Aborts on ^C. Commands with signal handling of their own (up, run, dev) do not look at it. */
  readonly signal: AbortSignal;
  /** Epoch ms, for ages. */
  readonly now: () => number;
}
