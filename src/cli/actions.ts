// What only the hall can do, since it joins rooms that the command line may not know. bin/ gives these to `main`.
import type { RunOptions } from '../machine/index.ts';

export interface UpRequest {
  readonly directory: string;
  readonly api: { readonly host: string; readonly port: number };
  readonly xds: { readonly host: string; readonly port: number };
  readonly trustDomain?: string;
  readonly logLevel: string;
  /** Runs once the control plane answers and before it is announced (documents of `-f`). */
  readonly prepare: (running: { readonly apiUrl: string }) => Promise<void>;
  readonly tell: (line: string) => void;
}

export interface Actions {
  readonly version: string;
  /** How this command line starts itself: program and first arguments. */
  readonly weft: readonly string[];
  up(request: UpRequest): Promise<number>;
  run(options: RunOptions): Promise<number>;
}
