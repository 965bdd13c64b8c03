// `weft run`: set up, start the application, tell the control plane when it serves, and wind everything down in the order that loses no request.

import { constants } from 'node:os';
import { resolve } from 'node:path';
import type { ReportRequest } from '../api/index.ts';
import { Application } from './application.ts';
import { isLoopback } from './capture/tools.ts';
import { findProgram, pause } from './command.ts';
import { machineError, wordsOf } from './errors.ts';
import { type Served, setUpServed } from './node/set-up-served.ts';
import type { RunOptions } from './options.ts';
import { awaitListening, describeSilence, detectProtocol, mayBeProbed, type Spoken } from './probe.ts';
import { REAL_PARTS, type RunParts, type Standing, setUp, type Undo } from './set-up.ts';
import { aborted, Signals } from './signals.ts';

/** With a proxy of its own, or served by the node's. */
type Running = Standing | Served;

const SILENCE_WORTH_TELLING_MS = 10_000;
/** A proxy that took note of a drain may have sent a request a moment before. Measured: 50 ms is too short, 1 s is enough. */
const DRAIN_MIN_MS = 1000;
const DRAIN_MAX_MS = 5000;

interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

function findCommand({ command, env, cwd = '.' }: RunOptions): Program {
  const [name, ...args] = command;
  if (name === undefined)
    throw machineError('machine/usage', 'there is no command to run\n  write it behind two dashes: weft run --service web --port 8080 -- node web.js');
  const file = findProgram(name.includes('/') ? resolve(cwd, name) : name, env['PATH'] ?? '');
  if (file !== undefined) return { file, args };
  throw machineError(
    'machine/command-not-found',
    `${name}: ${name.includes('/') ? 'there is no program at this path that can be run' : 'there is no such program on PATH'}`,
  );
}

function announce(options: RunOptions, { joined, captured }: Running, parts: RunParts, elapsedMs: number): void {
  if (options.quiet) return;
  parts.tell(`✔ joined as ${joined.identity}   capture: ${captured.words}   ready in ${(elapsedMs / 1000).toFixed(1)} s`);
  if (joined.createdService !== '') parts.tell(`  made Service ${joined.createdService} from these flags, since no document declares it`);
}

/** Protocols of the ports nobody declared one for, found by asking the application. */
async function findProtocols(options: RunOptions, { captured }: Running): Promise<ReportRequest['protocols']> {
  const found: Record<string, Spoken> = {};
  for (const { name, port, protocol } of options.ports) {
    if (protocol !== undefined) continue;
    const spoken = mayBeProbed(port) ? await detectProtocol(() => captured.connect(port)).catch(() => undefined) : 'tcp';
    if (spoken !== undefined) found[name === '' ? String(port) : name] = spoken;
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

/** Where nothing is captured the mesh is not in front of the application's port, and cannot keep anybody out of it. */
function tellOpen({ address }: RunOptions, { captured }: Running, { tell }: RunParts, port: number): void {
  const open = captured.mode === 'explicit' && captured.listening()?.some((one) => one.port === port && isEverywhere(one.address));
  if (open === true && !isLoopback(address))
    tell(
      `whoever reaches port ${port} of this machine speaks to the application past the mesh, without mutual TLS\n  let it listen on 127.0.0.1: its proxy finds it there`,
    );
}

const isEverywhere = (address: string): boolean => address === '0.0.0.0' || address === '::';

/** Waits for every port, then reports Ready. Ends early when the signal aborts. Returns whether the workload was reported. */
async function becomeReady(options: RunOptions, standing: Running, parts: RunParts, signal: AbortSignal): Promise<boolean> {
  const { captured, lease } = standing;
  for (const { port } of options.ports) {
    const telling = setTimeout(() => parts.tell(describeSilence(port, captured.listening())), SILENCE_WORTH_TELLING_MS);
    const there = await awaitListening(captured, port, signal);
    clearTimeout(telling);
    if (!there) return false;
    tellOpen(options, standing, parts, port);
  }
  const protocols = await findProtocols(options, standing);
  if (signal.aborted) return false;
  if (options.verbose && protocols !== undefined)
    parts.tell(
      `  found ${Object.entries(protocols)
        .map(([name, protocol]) => `${name}: ${protocol}`)
        .join(', ')}`,
    );
  // The protocol first: its own proxy is to know it before anybody calls.
  if (protocols !== undefined) await lease.report({ state: 'Starting', protocols });
  if (signal.aborted) return false;
  void lease.report(protocols === undefined ? { state: 'Ready' } : { state: 'Ready', protocols });
  return true;
}

/** Waits until no request of a peer is in flight, at most `seconds`. */
async function awaitIdle({ envoy }: Running, seconds: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + seconds * 1000;
  while (!signal.aborted && performance.now() < until && (await envoy.active()) > 0) await pause(100, signal);
}

/**
 * The order that loses nothing: peers are told first, then their requests are finished, then the application is ended while Envoy
 * still carries what it sends, then Envoy (by `undo`). Returns the exit code.
 */
async function windDown(
  options: RunOptions,
  standing: Running,
  app: Application,
  state: { readonly signals: Signals; readonly known: boolean; readonly terminal: boolean },
): Promise<number> {
  const { signals, known, terminal } = state;
  const { received = 'SIGTERM' } = signals;
  const wasRunning = app.running;
  if (known) await standing.lease.drain({ minMs: wasRunning ? DRAIN_MIN_MS : 0, maxMs: DRAIN_MAX_MS, signal: signals.now });
  if (known) await awaitIdle(standing, options.drainSeconds, signals.now);
  if (!wasRunning) {
    await app.endGroup(signals.now.aborted ? 0 : 1000);
    return app.ended;
  }
  // a ^C in a terminal has reached the application already; twice would often mean "at once" to it
  const heard = terminal && received === 'SIGINT';
  const stopped = app.stop(heard ? 'SIGCONT' : received, options.graceSeconds * 1000);
  const forced = aborted(signals.now).then(() => app.stop('SIGKILL', 0).then(() => 128 + constants.signals[received]));
  return Promise.race([forced, stopped]);
}

async function live(
  options: RunOptions,
  standing: Running,
  parts: RunParts,
  { signals, terminal, program }: { readonly signals: Signals; readonly terminal: boolean; readonly program: Program },
): Promise<number> {
  const { captured, janitor } = standing;
  const app = Application.start({
    command: captured.application(program),
    env: { ...options.env, ...captured.environment },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.prefix === undefined ? {} : { prefix: options.prefix }),
    janitor,
    terminal,
  });
  signals.passTo((signal) => app.signal(signal));
  const ending = new AbortController();
  let known = false;
  const readying = becomeReady(options, standing, parts, AbortSignal.any([signals.stop, ending.signal]))
    .then((reported) => {
      known = reported;
    })
    .catch((error: unknown) => parts.tell(`the application could not be examined: ${wordsOf(error)}`));
  await Promise.race([app.ended, aborted(signals.stop)]);
  ending.abort();
  await Promise.race([readying, aborted(signals.now)]);
  return windDown(options, standing, app, { signals, known: known && options.ports.length > 0, terminal });
}

function ready(options: RunOptions, parts: RunParts, during: { readonly undo: Undo; readonly stop: AbortSignal }): Promise<Running | undefined> {
  const socket = options.node?.socket;
  return socket === undefined ? setUp(options, parts, during) : setUpServed(options, parts, { socket, ...during });
}

async function undoAll(undo: Undo, parts: RunParts): Promise<void> {
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      parts.tell(`could not clean up: ${wordsOf(error)}`);
    }
  }
}

/**
 * Runs a command as a workload of the mesh until it ends or SIGTERM or SIGINT arrives, and returns its exit code (128 + signal when a
 * signal ended it). Before the application starts, everything that goes wrong is thrown as a WeftError of `MACHINE_ERRORS`
 * and undone. Installs signal listeners and removes them; starts processes from the calling thread, which must be the main thread.
 */
export async function runWorkload(options: RunOptions, given: Partial<RunParts> = {}): Promise<number> {
  const parts = { ...REAL_PARTS, ...given };
  const began = performance.now();
  const program = findCommand(options);
  const terminal = process.stdin.isTTY === true;
  const signals = Signals.listen(terminal);
  const undo: Undo = [];
  try {
    // asked twice while still setting up (a download, say): what is under way then ends with this process, by the janitor
    const standing = await Promise.race([ready(options, parts, { undo, stop: signals.stop }), aborted(signals.now).then(() => undefined)]);
    if (standing === undefined || signals.stop.aborted) return 128 + constants.signals[signals.received ?? 'SIGTERM'];
    announce(options, standing, parts, performance.now() - began);
    return await live(options, standing, parts, { signals, terminal, program });
  } finally {
    await undoAll(undo, parts);
    signals.close();
  }
}
