import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type HttpClient, openHttpClient } from '../wire/index.ts';
import { CommandError, EXIT } from './exit.ts';
import type { Io } from './io.ts';

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

/** Data folder of the local control plane: `--data`, `WEFT_DATA`, `$XDG_DATA_HOME/weft`, `~/.local/share/weft`. */
export function dataDirectory(io: Pick<Io, 'env'>, data?: string): string {
  return data ?? io.env['WEFT_DATA'] ?? join(io.env['XDG_DATA_HOME'] ?? join(io.env['HOME'] ?? homedir(), '.local', 'share'), 'weft');
}

interface LocalFacts {
  readonly api: string;
  readonly xds: string;
}

function localFacts(directory: string): LocalFacts | undefined {
  const file = join(directory, 'control-plane.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LocalFacts) : undefined;
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new CommandError(EXIT.unreachable, `the admin token ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}\n  name another file with --token-file, or set WEFT_TOKEN`);
  }
}

/**
 * Finds the control plane: `--server` or `WEFT_SERVER` with `WEFT_TOKEN`, `--token-file` or `WEFT_TOKEN_FILE`, else the one that
 * runs on the data folder. Throws CommandError 69 when there is none.
 */
export function findControlPlane(io: Io, where: Whereabouts): Session {
  const directory = dataDirectory(io, where.data);
  const server = where.server ?? io.env['WEFT_SERVER'];
  const local = localFacts(directory);
  const url = server ?? local?.api;
  if (url === undefined) {
    throw new CommandError(EXIT.unreachable, `no control plane runs on ${directory}\n  start one: weft up\n  or name one: --server http://HOST:7400 (WEFT_SERVER)`);
  }
  const token = io.env['WEFT_TOKEN'] ?? readToken(where.tokenFile ?? io.env['WEFT_TOKEN_FILE'] ?? join(directory, 'admin.token'));
  return { url, http: openHttpClient({ url, token }), xds: server === undefined || server === local?.api ? local?.xds : undefined };
}
