// Programs of the machine: finding them, putting one in front of another, running short ones to their end.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** `outer` in front of `inner`, as `nsenter … envoy …`; every program used this way replaces itself by the next, so the pid stays. */
export function within(outer: readonly string[], inner: Command): Command {
  const [file, ...args] = outer;
  return file === undefined ? inner : { file, args: [...args, inner.file, ...inner.args] };
}

/** The file is one that can be run by this process. */
function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Where a program is on PATH, or itself when it contains a slash; undefined when it cannot be run. */
export function findProgram(name: string, path = process.env['PATH'] ?? ''): string | undefined {
  if (name.includes('/')) return runnable(name) ? name : undefined;
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(runnable);
}

/** Like `findProgram`, also in the folders of system programs, which an ordinary user's PATH leaves out (nft, ip). */
export function findSystemProgram(name: string): string | undefined {
  return findProgram(name, [process.env['PATH'] ?? '', '/usr/sbin', '/sbin', '/usr/bin', '/bin'].join(delimiter));
}

/** Ends of a child: its exit code, 128 + signal number, or 127 when it could not be started. */
export function exitOf(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly error?: Error }> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve({ code: child.exitCode, signal: child.signalCode });
    child.once('error', (error) => resolve({ code: 127, signal: null, error }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Runs a short command to its end. Never throws; `words` is what it said on stderr. Bounded by `timeoutMs`. */
export async function attempt(command: Command, timeoutMs = 10_000): Promise<{ readonly done: boolean; readonly words: string }> {
  const child = spawn(command.file, [...command.args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (words.length < 4096) words += chunk.toString();
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const end = await exitOf(child);
  clearTimeout(timer);
  return { done: end.code === 0, words: (end.error?.message ?? words).trim() };
}

/** Waits; ends early, without an error, when the signal aborts. */
export function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, delayMs);
    signal?.addEventListener('abort', finish);
  });
}
