import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Io } from './io.ts';

/** Data folder of the local control plane: `--data`, `WEFT_DATA`, `$XDG_DATA_HOME/weft`, `~/.local/share/weft`. */
export function dataDirectory({ env }: Pick<Io, 'env'>, data?: string): string {
  return data || env['WEFT_DATA'] || join(env['XDG_DATA_HOME'] || join(env['HOME'] || homedir(), '.local', 'share'), 'weft');
}

/** What a running control plane wrote about itself into its data folder. */
export interface LocalFacts {
  readonly api: string;
  readonly xds: string;
  readonly pid: number;
  /** Folder with admin.token and kubeconfig; the data folder's own are sealed. */
  readonly credentials: string;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // somebody else's process is a process
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The control plane that runs on a data folder; undefined when there is none, also when one was killed and left its facts behind. */
export function localControlPlane(directory: string): LocalFacts | undefined {
  const file = join(directory, 'control-plane.json');
  if (!existsSync(file)) return undefined;
  try {
    const { api, xds, pid, credentials = directory } = JSON.parse(readFileSync(file, 'utf8')) as Partial<LocalFacts>;
    if (typeof api !== 'string' || typeof xds !== 'string' || typeof pid !== 'number') return undefined;
    return isAlive(pid) ? { api, xds, pid, credentials } : undefined;
  } catch {
    return undefined;
  }
}
