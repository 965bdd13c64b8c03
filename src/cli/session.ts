import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type HttpClient, openHttpClient } from '../wire/index.ts';
import { CommandError, EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { dataDirectory, localControlPlane } from './whereabouts.ts';

/** A control plane this command talks to. */
export interface Session {
  readonly url: string;
  readonly http: HttpClient;
  /** Port for proxies and machines, `host:port`; undefined when only the API's address is known. */
  readonly xds: string | undefined;
}

export interface Whereabouts {
  readonly server?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly data?: string | undefined;
}

// What the store's SEALED_TEXT is: the command line knows no store.
const SEALED_TEXT = 'weft-sealed:';

const words = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** The admin token. Throws CommandError 69 that names the file and the other ways to give a token. */
export function readToken(file: string): string {
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (!token.startsWith(SEALED_TEXT)) return token;
  } catch (cause) {
    throw new CommandError(
      EXIT.unreachable,
      `the admin token ${file} cannot be read: ${words(cause)}\n  name another file with --token-file, or set WEFT_TOKEN`,
    );
  }
  throw new CommandError(
    EXIT.unreachable,
    `the admin token ${file} is sealed, and the control plane of that folder does not run here\n  start it: weft up\n  or give the token another way: --token-file, WEFT_TOKEN`,
  );
}

function urlOf(text: string): string {
  const url = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (URL.canParse(url)) return url.replace(/\/+$/, '');
  throw new CommandError(EXIT.usage, `--server ${text} is not an address\n  write it as http://HOST:7400`);
}

/**
 * Finds the control plane: `--server` or `WEFT_SERVER` with `WEFT_TOKEN`, `--token-file` or `WEFT_TOKEN_FILE`, else the one that
 * runs on the data folder. Throws CommandError 69 when there is none.
 */
export function findControlPlane(io: Pick<Io, 'env'>, where: Whereabouts): Session {
  const directory = dataDirectory(io, where.data);
  const named = where.server ?? io.env['WEFT_SERVER'];
  const server = named === undefined || named === '' ? undefined : urlOf(named);
  const local = localControlPlane(directory);
  const url = server ?? local?.api;
  if (url === undefined) {
    throw new CommandError(
      EXIT.unreachable,
      `no control plane runs on ${directory}\n  start one: weft up\n  or name one: --server http://HOST:7400 (WEFT_SERVER), --data DIR (WEFT_DATA)`,
    );
  }
  const token = io.env['WEFT_TOKEN'] || readToken(where.tokenFile ?? io.env['WEFT_TOKEN_FILE'] ?? join(local?.credentials ?? directory, 'admin.token'));
  return { url, http: openHttpClient({ url, token }), xds: server === undefined || server === local?.api ? local?.xds : undefined };
}
