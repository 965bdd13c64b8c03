// `weft dev`: a control plane and every service of one file, each through `weft run`, with their output interleaved. ^C ends all, services first.
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { prefixLines } from '../application.ts';
import { type Command, exitOf, pause } from '../command.ts';
import { machineError } from '../errors.ts';
import { aborted, Signals } from '../signals.ts';
import type { DevFile, DevService } from './file.ts';
import { keepRunning, tied } from './keep-running.ts';

export interface DevOptions {
  readonly file: DevFile;
  /** Folder of the file: what it names is relative to it. */
  readonly folder: string;
  /** The command line itself, e.g. `[process.execPath, 'weft.js']`. */
  readonly weft: readonly string[];
  /** Start a control plane; false when one answers already. */
  readonly startControlPlane: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly colour: boolean;
  readonly tell: (line: string) => void;
}

const COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94] as const;
const UP = /weft is up/;
const GRACE_MS = 45_000;

/** `web      | ` in the colour of its place in the file. */
export function linePrefix(name: string, width: number, at: number | undefined): string {
  const text = `${name.padEnd(width)} | `;
  return at === undefined ? text : `\x1b[${COLOURS[at % COLOURS.length] ?? 36}m${text}\x1b[0m`;
}

function weftCommand({ weft }: DevOptions, args: readonly string[]): Command {
  const [file = 'weft', ...before] = weft;
  return { file, args: [...before, ...args] };
}

/** `weft run` for one instance. The instance's number is its name, so that a restart takes its place instead of adding to it. */
export function runArguments({ name, command, ports, version }: DevService, instance: number): readonly string[] {
  const flags = ['--service', name, '--instance', String(instance), '--quiet', ...ports.flatMap((port) => ['--port', port])];
  return ['run', ...flags, ...(version === undefined ? [] : ['--version-label', version]), '--', ...command];
}

/** Starts `weft up` and waits until it says that it is up. Throws `machine/unreachable` when it ends before. */
async function startControlPlane(options: DevOptions, prefix: string): Promise<() => Promise<void>> {
  const { file, args } = tied(weftCommand(options, ['up']));
  const child = spawn(file, [...args], { detached: true, env: { ...options.env }, cwd: options.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  prefixLines(child.stdout, process.stdout, prefix);
  prefixLines(child.stderr, process.stderr, prefix);
  let up = false;
  const watch = (chunk: Buffer): void => {
    up ||= UP.test(chunk.toString());
  };
  child.stdout.on('data', watch);
  child.stderr.on('data', watch);
  let over = false;
  const ended = exitOf(child).then(() => {
    over = true;
  });
  while (!up && !over) await Promise.race([ended, pause(20)]);
  if (over) throw machineError('machine/unreachable', 'the control plane did not start; its words are above');
  return async () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    await ended;
  };
}

/** `weft apply` of the file's documents. Throws `machine/usage` when they are refused; the words are on the terminal. */
async function applyDocuments(options: DevOptions): Promise<void> {
  const { documents } = options.file;
  if (documents.length === 0) return;
  const { file, args } = weftCommand(options, ['apply', ...documents.flatMap((name) => ['-f', resolve(options.folder, name)])]);
  const { code } = await exitOf(spawn(file, [...args], { env: { ...options.env }, cwd: options.folder, stdio: ['ignore', 'inherit', 'inherit'] }));
  if (code !== 0) throw machineError('machine/usage', 'the documents were not applied, so nothing was started');
}

interface Instance {
  readonly service: DevService;
  readonly at: number;
  readonly number: number;
}

function instancesOf({ services }: DevFile): readonly Instance[] {
  return services.flatMap((service, at) => Array.from({ length: service.replicas }, (_, number) => ({ service, at, number: number + 1 })));
}

const nameOf = ({ service, number }: Instance): string => (service.replicas === 1 ? service.name : `${service.name}-${number}`);

/** Runs the mesh of one file until SIGINT or SIGTERM, and returns 130 or 143. A service that ends is started again. Throws WeftErrors of this room before the first service starts. */
export async function devMesh(options: DevOptions): Promise<number> {
  const signals = Signals.listen(false);
  const instances = instancesOf(options.file);
  const width = Math.max(8, ...instances.map((instance) => nameOf(instance).length));
  const prefix = (name: string, at: number): string => linePrefix(name, width, options.colour ? at : undefined);
  let stopControlPlane = async (): Promise<void> => {};
  try {
    if (options.startControlPlane) stopControlPlane = await startControlPlane(options, prefix('weft', COLOURS.length - 1));
    await applyDocuments(options);
    const running = instances.map((instance) =>
      keepRunning({ ...keptService(options, instance), prefix: prefix(nameOf(instance), instance.at), signal: signals.stop, now: signals.now }),
    );
    await aborted(signals.stop);
    options.tell('ending all services; once more ^C ends them at once');
    await Promise.all(running);
    return signals.received === 'SIGTERM' ? 143 : 130;
  } finally {
    await stopControlPlane();
    signals.close();
  }
}

function keptService(options: DevOptions, { service, number }: Instance) {
  return {
    command: weftCommand(options, runArguments(service, number)),
    env: { ...options.env, ...service.env },
    cwd: resolve(options.folder, service.cwd ?? '.'),
    tell: options.tell,
    graceMs: GRACE_MS,
  };
}
