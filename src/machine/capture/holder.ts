// A process that does nothing but keep namespaces alive: it sets them up, says `ready`, and then waits at a pipe from us. When we
// end, in whatever way, the pipe closes, it ends, and with it the namespaces, their addresses and their nft tables.
import { type ChildProcess, spawn } from 'node:child_process';
import { machineError } from '../errors.ts';
import type { Janitor } from '../janitor.ts';
import { netOf } from '../janitor.ts';
import { LO_ONLY_RULES } from './lo-only.ts';

export interface Holder {
  readonly pid: number;
  /** Number of its network namespace. */
  readonly net: string;
  close(): Promise<void>;
}

export interface HolderOptions {
  /** Programs in front of the shell, e.g. `unshare -n`; each replaces itself by the next. */
  readonly outer: readonly string[];
  /** Shell text that sets the namespace up. */
  readonly setup: string;
  /** What the holder becomes in the end; must wait for the end of its standard input. */
  readonly rest: string;
  readonly janitor: Janitor;
}

function waitReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let words = '';
    let said = '';
    const fail = (why: string): void => reject(machineError('machine/capture-unavailable', `a network namespace could not be set up: ${why}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`no answer within 10 s${words === '' ? '' : `: ${words.trim()}`}`);
    }, 10_000);
    child.stderr?.on('data', (chunk: Buffer) => {
      words += chunk.toString();
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('ready')) {
        clearTimeout(timer);
        resolve();
      }
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
    child.once('close', (code) => {
      clearTimeout(timer);
      fail(words.trim() === '' ? `set-up ended with code ${code}` : words.trim());
    });
  });
}

/** Starts a holder and waits until its namespace is set up. Throws `machine/capture-unavailable` with the set-up's own words. */
export async function holdNamespace({ outer, setup, rest, janitor }: HolderOptions): Promise<Holder> {
  const [file = '/bin/sh', ...args] = [...outer, '/bin/sh', '-c', `${setup}\necho ready\nexec ${rest}`, 'weft-namespace'];
  const child = spawn(file, args, { detached: true, cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, WEFT_RULES: LO_ONLY_RULES } });
  child.stdin.on('error', () => {});
  janitor.watch(child, 'group');
  await waitReady(child);
  const pid = child.pid ?? 0;
  const net = netOf(pid);
  if (net === undefined) {
    child.kill('SIGKILL');
    throw machineError('machine/capture-unavailable', `the network namespace of process ${pid} cannot be read\n  is /proc mounted with hidepid?`);
  }
  janitor.watchNet(net);
  return { pid, net, close: () => closeHolder(child) };
}

function closeHolder(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
