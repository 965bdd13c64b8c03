// The plugin on the host: one script, and a copy of our own Node that its first line names. The host needs no Node, and no shell.
import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { err, ok, type Result } from '../base/index.ts';
import { replaceFile } from './conf-keeper.ts';
import { PLUGIN } from './names.ts';

const run = promisify(execFile);
const INTERPRETER = `${PLUGIN}.node`;

export interface PluginPlace {
  /** The host's folder of plugins, as the host calls it. */
  readonly folder: string;
  /** The host's root as it is seen from here; empty on the host itself. */
  readonly host: string;
  /** Our Node. */
  readonly node: string;
  /** The program, one file of JavaScript. */
  readonly script: string;
}

function isSame(path: string, source: string): boolean {
  try {
    const [there, ours] = [statSync(path), statSync(source)];
    return there.size === ours.size && there.mtimeMs >= ours.mtimeMs && readFileSync(path).equals(readFileSync(source));
  } catch {
    return false;
  }
}

/** Puts both there, each whole or not at all, Node first; one that runs at this moment goes on. `seen` is the folder as it is seen from here. Throws what the system says. */
export function putPlugin({ folder, node, script }: PluginPlace, seen: string): void {
  const interpreter = join(seen, INTERPRETER);
  if (!isSame(interpreter, node)) {
    const waiting = `${interpreter}.weft-new`;
    copyFileSync(node, waiting);
    chmodSync(waiting, 0o755);
    renameSync(waiting, interpreter);
  }
  const text = `#!${join(folder, INTERPRETER)}\n${script}`;
  const path = join(seen, PLUGIN);
  replaceFile(path, text, 0o755);
  chmodSync(path, 0o755);
}

/** Whether the plugin runs there, on the host's own libraries: one that does not would keep every pod of the node from starting. */
export async function tryPlugin({ folder, host }: Pick<PluginPlace, 'folder' | 'host'>): Promise<Result<void, string>> {
  const program = join(folder, PLUGIN);
  const [first = '', ...args] = host === '' ? [program] : ['nsenter', `--root=${host}`, '--wd=/', '--', program];
  try {
    const trial = run(first, args, { env: { PATH: process.env['PATH'] ?? '', CNI_COMMAND: 'VERSION' }, timeout: 20_000 });
    trial.child.stdin?.end('{}');
    const { stdout } = await trial;
    return stdout.includes('supportedVersions') ? ok(undefined) : err(`it said ${stdout.slice(0, 200)}`);
  } catch (error) {
    return err(String(error).slice(0, 500));
  }
}

export function removePlugin(seen: string): void {
  for (const name of [PLUGIN, INTERPRETER]) rmSync(join(seen, name), { force: true });
}
