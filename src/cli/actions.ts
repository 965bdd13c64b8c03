// What only the hall can do, since it joins rooms that the command line may not know. bin/ gives these to `main`.
import type { AttestorSetting } from '../api/index.ts';
import type { RunOptions } from '../machine/index.ts';

/** Where the key of a data folder's seal may be: identity's `SealSources`. */
export interface SealSources {
  readonly keyFile?: string | undefined;
  readonly passphraseFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** What `weft seal` tells. Nothing in it is secret. */
export interface SealReport {
  readonly directory: string;
  /** Sealed folders have a seal.json. */
  readonly sealed: boolean;
  readonly install: string;
  readonly kind: 'key-file' | 'passphrase' | 'none';
  /** Which key file it is, as 8 hexadecimal digits; empty for a passphrase. */
  readonly keyCheck: string;
  /** Where the key is looked for. */
  readonly keyFrom: string;
}

export interface UpRequest {
  readonly directory: string;
  readonly api: { readonly host: string; readonly port: number };
  readonly xds: { readonly host: string; readonly port: number };
  readonly trustDomain?: string;
  /** A certificate chain and its key, PEM, to sign with instead of a root of its own. */
  readonly ca?: { readonly chainPem: string; readonly keyPem: string };
  readonly seal: SealSources;
  readonly attestors: readonly AttestorSetting[];
  readonly recordsBudgetBytes: number;
  readonly logLevel: string;
  /** Runs once the control plane answers and before it is announced (documents of `-f`). */
  readonly prepare: (running: { readonly apiUrl: string; readonly adminToken: string }) => Promise<void>;
  readonly tell: (line: string) => void;
}

export interface Actions {
  readonly version: string;
  /** How this command line starts itself: program and first arguments. */
  readonly weft: readonly string[];
  up(request: UpRequest): Promise<number>;
  run(options: RunOptions): Promise<number>;
  readonly seal: {
    /** Throws WeftError when `open` is asked for and the key does not open the seal. */
    status(directory: string, sources: SealSources, open: boolean): Promise<SealReport>;
    /** Throws WeftError; the folder opens with the old key or with the new one, never with none. */
    rekey(directory: string, sources: SealSources, to: { readonly kind: 'key-file' | 'passphrase'; readonly path: string }): Promise<SealReport>;
    newKey(path: string): Promise<void>;
  };
}
