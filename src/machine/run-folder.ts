// The folder of one run: Envoy's bootstrap, its token, its sockets. Only its owner can open it. It carries who made it, so that the
// next start can remove what a dead run left (both it and its janitor were killed).
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineError, wordsOf } from './errors.ts';
import { startOf } from './janitor.ts';

/** Name of the secret in the token's SDS resource; the bootstrap's credential asks for it. */
export const TOKEN_SECRET = 'token';
/** Name of the secret with the control plane's trust anchors; the bootstrap's cluster asks for it. */
export const TRUST_SECRET = 'control-plane';

// A Unix socket's path has at most 107 bytes; the longest name in a run folder is admin.sock.
const MAX_BASE_BYTES = 70;

export interface RunFolder {
  readonly path: string;
  readonly bootstrap: string;
  readonly adminSocket: string;
  readonly readySocket: string;
  readonly tokenDirectory: string;
  readonly tokenFile: string;
  readonly tokenResource: string;
  readonly trustResource: string;
}

/**
 * Where run folders are: /run/weft for root, else below XDG_RUNTIME_DIR (not root's: it may be another user's, kept by sudo), else below the temporary folder with the user's id in the
 * name. Root's is open for passing through, since Envoy has a user of its own; the folders in it are not.
 */
export function runBase(env: NodeJS.ProcessEnv = process.env, uid = process.getuid?.() ?? 0): string {
  if (uid === 0 && process.platform === 'linux' && writable('/run')) return '/run/weft';
  const runtime = env['XDG_RUNTIME_DIR'];
  if (uid !== 0 && runtime !== undefined && runtime !== '' && Buffer.byteLength(runtime) + 5 <= MAX_BASE_BYTES) return join(runtime, 'weft');
  const temporary = Buffer.byteLength(tmpdir()) + 16 <= MAX_BASE_BYTES ? tmpdir() : '/tmp';
  return join(temporary, `weft-${uid}`);
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Makes the base and refuses one that somebody else could have put there. */
function secureBase(base: string): void {
  const uid = process.getuid?.() ?? 0;
  try {
    mkdirSync(base, { recursive: true, mode: uid === 0 ? 0o711 : 0o700 });
  } catch (cause) {
    throw machineError('machine/run-folder', `the folder ${base} cannot be made: ${wordsOf(cause)}\n  set XDG_RUNTIME_DIR to a folder of yours`, { cause });
  }
  const found = lstatSync(base);
  // whatever the umask: Envoy's own user has to pass through root's
  if (uid === 0 && found.isDirectory() && found.uid === 0) chmodSync(base, 0o711);
  if (!found.isDirectory() || found.uid !== uid || (uid !== 0 && (found.mode & 0o022) !== 0)) {
    throw machineError('machine/run-folder', `${base} is not a folder that only you can write to\n  remove it, or set XDG_RUNTIME_DIR to a folder of yours`);
  }
}

/** A folder of this user under a name that stays (0700), for files that are not to be on a disk: in memory where the system has it so. Throws `machine/run-folder`. */
export function openFixedFolder(name: string, base = runBase()): string {
  secureBase(base);
  const path = join(base, name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? 0))
    throw machineError('machine/run-folder', `${path} is not a folder of yours\n  remove it, or set XDG_RUNTIME_DIR to a folder of yours`);
  chmodSync(path, 0o700);
  return path;
}

/** Makes a folder for one run. Throws `machine/run-folder`. */
export function openRunFolder(name: string, base = runBase()): RunFolder {
  secureBase(base);
  const path = mkdtempSync(join(base, `${name.slice(0, 16)}-`));
  chmodSync(path, 0o700);
  writeFileSync(join(path, 'owner'), `${process.pid} ${startOf(process.pid) ?? ''}\n`);
  const tokenDirectory = join(path, 'token');
  mkdirSync(tokenDirectory, { mode: 0o700 });
  return {
    path,
    bootstrap: join(path, 'bootstrap.json'),
    adminSocket: join(path, 'admin.sock'),
    readySocket: join(path, 'ready.sock'),
    tokenDirectory,
    tokenFile: join(tokenDirectory, 'token'),
    tokenResource: join(path, 'token.json'),
    trustResource: join(tokenDirectory, 'trust.json'),
  };
}

/** Files Envoy reads once: who it is, and where its token is. The resource never changes; a rename in the token's folder makes Envoy read it again. */
export function writeEnvoyFiles(folder: RunFolder, bootstrap: string): void {
  const secret = {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
    name: TOKEN_SECRET,
    generic_secret: { secret: { filename: folder.tokenFile } },
  };
  writeFileSync(folder.tokenResource, JSON.stringify({ resources: [secret] }), { mode: 0o600 });
  writeFileSync(folder.bootstrap, bootstrap, { mode: 0o600 });
}

type Owner = { readonly uid: number; readonly gid: number };

/** Replaces the token atomically; Envoy sees either the old or the new one, whole. `owner` is Envoy's user when it is not ours. */
export function writeToken(folder: RunFolder, token: string, owner?: Owner): void {
  replace(folder.tokenFile, token, owner);
}

/** Replaces what Envoy recognises the control plane by, in the same way. It is used from the next connection on. */
export function writeTrust(folder: RunFolder, rootPem: string, owner?: Owner): void {
  const secret = {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret',
    name: TRUST_SECRET,
    validation_context: { trusted_ca: { inline_string: rootPem } },
  };
  replace(folder.trustResource, JSON.stringify({ resources: [secret] }), owner);
}

function replace(file: string, text: string, owner: Owner | undefined): void {
  const next = `${file}.next`;
  writeFileSync(next, text, { mode: 0o600 });
  if (owner !== undefined) chownSync(next, owner.uid, owner.gid);
  renameSync(next, file);
}

/** Gives the folder and what is in it to Envoy's user. */
export function giveTo(folder: RunFolder, { uid, gid }: { readonly uid: number; readonly gid: number }): void {
  for (const name of readdirSync(folder.path, { recursive: true, encoding: 'utf8' })) chownSync(join(folder.path, name), uid, gid);
  chownSync(folder.path, uid, gid);
}

function alive(line: string): boolean {
  const [pid = '', start = ''] = line.trim().split(' ');
  return start !== '' && startOf(Number(pid)) === start;
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch {
    return [];
  }
}

/** Removes what dead runs left behind: their processes, found again by pid and start time, and their folders. Returns how many runs there were. */
export function sweepRuns(base = runBase()): number {
  let swept = 0;
  for (const name of foldersIn(base)) {
    const path = join(base, name);
    const [owner] = linesOf(join(path, 'owner'));
    if (owner === undefined || alive(owner)) continue; // being made this moment, or in use
    for (const line of linesOf(join(path, 'processes')).filter(alive)) end(Number(line.split(' ')[0]));
    rmSync(path, { recursive: true, force: true });
    swept++;
  }
  return swept;
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ended by itself in between
  }
}

function foldersIn(base: string): readonly string[] {
  try {
    return readdirSync(base);
  } catch {
    return [];
  }
}
