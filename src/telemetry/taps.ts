// Taps and access logs: who looks on or wants lines, which proxies are to tell all of their requests for it, and the way from what they tell to who looks on. Nothing is kept.
// Matching happens in a thread of its own that lives as long as there is a tap; what is too much is counted and said in the stream.
import { Worker } from 'node:worker_threads';
import type { ExportView, TapLine, TapSide } from '../api/index.ts';
import { type Clock, WeftError } from '../base/index.ts';
import { type RuntimeValues, sideOfLog, sideOfTap, TAP_ALL, TAP_SIDES, tapKey } from '../envoy/index.ts';
import { LOGGED_SIDES, type LogRule, valuesOfRules, wantHeaders } from './access-log.ts';
import type { LogClaims, LogSink } from './door.ts';
import { TELEMETRY_ERRORS } from './errors.ts';
import type { ExportTarget } from './otlp/target.ts';
import type { TapSender } from './tap-event.ts';
import type { TapMatch, TapRole } from './tap-match.ts';
import type { FromListener, ListenerData, TapTeller, ToListener } from './tap-protocol.ts';
import { TapStream } from './tap-stream.ts';
import { threadEnvironment } from './thread-environment.ts';
import { THREAD_MEMORY } from './thread-memory.ts';

/** What a proxy is lent, and how long it keeps it when nobody renews it. */
export interface Tuning {
  readonly values: RuntimeValues;
  readonly leaseMs: number;
}

/** Which proxies a tap is about. Asked again and again: workloads come and go. */
export type TapChoice = (claims: Pick<LogClaims, 'workload'>) => TapRole | undefined;

export interface TapsOptions {
  readonly clock: Clock;
  /** Folder of the files of access logs. */
  readonly logs: string;
  /** Of Weft. */
  readonly version: string;
  /** Where lines go that a policy wants at the collector. */
  readonly target?: ExportTarget | undefined;
  /** What is written down of what arrives at a proxy; asked often. */
  rulesOf(claims: Pick<LogClaims, 'workload'>): readonly LogRule[];
  senderOf(claims: LogClaims): TapSender;
  /** For whom the proxy of a node tells as well; nobody for other proxies. */
  served?(claims: LogClaims): readonly LogClaims[];
  readonly tunings: {
    choose(choice: (claims: LogClaims) => Tuning): void;
    look(): void;
    standings(): readonly { readonly claims: LogClaims; readonly state: 'off' | 'waiting' | 'on' }[];
  };
  log(level: 'info' | 'warn' | 'error', message: string, details: Readonly<Record<string, unknown>>): void;
}

interface Tap {
  readonly match: TapMatch;
  readonly stream: TapStream;
  readonly chooser: () => TapChoice;
  choice: TapChoice;
  told: string;
  toldAt: number;
}

const MOST_TAPS = 32;
const LOOK_MS = 500;
/** How soon a changed policy is heard of. */
const IDLE_MS = 1000;
const SAY_MS = 60_000;
/** What a tap lends ends soon after whoever looked on; what access logs want may go on without a control plane for a while. */
const TAP_LEASE_MS = 15_000;
const LOG_LEASE_MS = 120_000;
const TELL_MS = 5000;
const WAITING_BYTES = 16 * 1024 * 1024;
const MESSAGE_BYTES = 512 * 1024;
const NOTHING: Tuning = { values: {}, leaseMs: TAP_LEASE_MS };
const NO_RULES: readonly LogRule[] = [];
const NOBODY: readonly LogClaims[] = [];
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './listening-thread.ts' : './listening-thread.js', import.meta.url);

/** Sides on which a proxy has to tell for a tap: of who serves a service only what arrives, of who calls only what leaves. */
function sidesOf({ service, side }: TapMatch, role: TapRole): readonly TapSide[] {
  const all = service === undefined ? TAP_SIDES : TAP_SIDES.filter((each) => (each === 'inbound' ? role.serves : role.calls));
  return side === undefined ? all : all.filter((each) => each === side);
}

export class Taps implements LogSink, AsyncDisposable {
  readonly #options: TapsOptions;
  readonly #taps = new Map<number, Tap>();
  #thread: Worker | undefined;
  #outstanding = 0;
  #next = 1;
  #cancel: (() => void) | undefined;
  #closing = false;
  /** The thread listens: what proxies tell is seen. */
  #ready = false;
  #missing = 0;
  #unwritten = 0;
  #target: ExportTarget | undefined;
  #sent: ExportView | undefined;
  /** When it was last said that lines are missing. */
  #saidAt = Number.NEGATIVE_INFINITY;

  constructor(options: TapsOptions) {
    this.#options = options;
    this.#target = options.target;
    options.tunings.choose((claims) => this.#tuning(claims));
    this.#look();
  }

  readonly takes = (log: string): boolean => sideOfTap(log) !== undefined;

  refuses(): undefined {
    return undefined;
  }

  /** Tapped requests, and records (their sink hands them on). Bounded: what comes while too much waits is counted. */
  take(log: string, claims: LogClaims, bytes: Uint8Array): void {
    const tapped = sideOfTap(log);
    const side = tapped ?? sideOfLog(log);
    if (side === undefined || side === 'connection' || this.#closing) return;
    const logged = tapped !== undefined && LOGGED_SIDES.includes(side);
    const teller = this.#tellerOf(claims, logged);
    const all = [teller, ...Object.values(teller.of ?? {})];
    const ruled = all.some(({ rules }) => rules.length > 0);
    if (this.#taps.size === 0 && !ruled) return;
    this.#thread ??= this.#start();
    if (tapped !== undefined && !ruled && all.every(({ roles }) => roles.size === 0)) return;
    if (bytes.byteLength > MESSAGE_BYTES || this.#outstanding > WAITING_BYTES) {
      this.#behind(new Set(all.flatMap(({ roles }) => [...roles.keys()])));
      if (ruled) this.#notWritten(1);
      return;
    }
    const copy = new Uint8Array(bytes);
    this.#outstanding += copy.byteLength;
    const message: ToListener = {
      kind: 'take',
      log: tapped === undefined ? 'records' : 'tapped',
      side,
      teller,
      bytes: copy,
    };
    this.#thread.postMessage(message, [copy.buffer]);
  }

  #tellerOf(claims: LogClaims, logged: boolean): TapTeller {
    const one = (each: LogClaims): TapTeller => {
      const roles = new Map<number, TapRole>();
      for (const [id, tap] of this.#taps) {
        const role = tap.choice(each);
        if (role !== undefined) roles.set(id, role);
      }
      return { sender: this.#options.senderOf(each), roles, rules: logged ? this.#options.rulesOf(each) : NO_RULES };
    };
    const served = this.#served(claims);
    return served.length === 0 ? one(claims) : { ...one(claims), of: Object.fromEntries(served.map((each) => [each.workload, one(each)])) };
  }

  #served(claims: LogClaims): readonly LogClaims[] {
    return this.#options.served?.(claims) ?? NOBODY;
  }

  /** A message that was not read: how many requests it had is not known, one at least. */
  #behind(taps: Iterable<number>): void {
    for (const id of taps) this.#taps.get(id)?.stream.drop('behind', 1);
  }

  /** Requests as they happen, until the signal aborts or the reader stops. Throws when there are too many already. */
  open(match: TapMatch, chooser: () => TapChoice, signal: AbortSignal): AsyncIterable<TapLine> {
    if (this.#taps.size >= MOST_TAPS)
      throw new WeftError('too-many-taps', TELEMETRY_ERRORS['too-many-taps'], `${MOST_TAPS} taps are open already: end one of them`);
    const id = this.#next++;
    const stop = (): void => stream.end('the control plane ends');
    const stream = new TapStream(
      () => this.#options.clock.monotonic(),
      () => {
        signal.removeEventListener('abort', stop);
        this.#closed(id);
      },
    );
    this.#taps.set(id, { match, stream, chooser, choice: chooser(), told: '', toldAt: 0 });
    this.#say({ kind: 'open', tap: id, match });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    this.#options.tunings.look();
    this.#look();
    return stream;
  }

  #closed(id: number): void {
    if (!this.#taps.delete(id)) return;
    this.#options.tunings.look();
    this.#say({ kind: 'close', tap: id });
  }

  #say(message: ToListener): void {
    if (message.kind === 'open') this.#thread ??= this.#start();
    this.#thread?.postMessage(message);
  }

  #start(): Worker {
    const { logs, version } = this.#options;
    const workerData: ListenerData = { logs, version, target: this.#target };
    const thread = new Worker(THREAD, { name: 'tap', workerData, env: threadEnvironment(), resourceLimits: THREAD_MEMORY });
    this.#outstanding = 0;
    this.#ready = false;
    thread.on('message', (message: FromListener) => this.#heard(message));
    thread.on('error', (error) => {
      this.#options.log('error', 'listening to tapped requests failed', { error: error instanceof Error ? error.message : String(error) });
      if (this.#thread !== thread) return;
      this.#thread = undefined;
      for (const { stream } of [...this.#taps.values()]) stream.end('the control plane could not go on listening');
    });
    return thread;
  }

  #heard(message: FromListener): void {
    if (message.kind === 'taken') this.#outstanding -= message.bytes;
    else if (message.kind === 'ready') this.#ready = true;
    else if (message.kind === 'unwritten') this.#notWritten(message.lines);
    else if (message.kind === 'sent') this.#sent = message.view;
    else
      for (const { tap, requests, dropped } of message.heard) {
        const stream = this.#taps.get(tap)?.stream;
        for (const request of requests) stream?.push(request);
        if (dropped > 0) stream?.drop('max-rps', dropped);
      }
  }

  /** Lines of access logs that are missing; said now and then, since nobody reads a stream of them. */
  #notWritten(lines: number): void {
    this.#unwritten += lines;
    const { clock, log } = this.#options;
    this.#missing += lines;
    if (clock.monotonic() - this.#saidAt < SAY_MS) return;
    this.#saidAt = clock.monotonic();
    log('warn', 'lines of access logs could not be written', { atLeast: this.#missing });
    this.#missing = 0;
  }

  /** What a proxy is to tell, for all taps together; and for access logs, where no tap has it tell all. */
  #tuning(claims: LogClaims): Tuning {
    const wanted = new Map<TapSide, boolean>();
    const tellers = [claims, ...this.#served(claims)];
    for (const { match, choice } of this.#taps.values()) {
      for (const each of tellers) {
        const role = choice(each);
        if (role !== undefined) for (const side of sidesOf(match, role)) wanted.set(side, (wanted.get(side) ?? false) || match.headers);
      }
    }
    const rules = tellers.flatMap((each) => this.#options.rulesOf(each));
    if (wanted.size === 0 && rules.length === 0) return NOTHING;
    const written = wantHeaders(rules);
    const logged = Object.entries(valuesOfRules(rules)).filter(
      ([key]) => ![...wanted.keys()].some((side) => key.startsWith(tapKey(side, false)) || key === tapKey(side, true)),
    );
    // of what leaves a workload no headers are told: they are the same where it arrives
    const tapped = [...wanted].map(([side, headers]) => [tapKey(side, (headers || written) && side !== 'outbound'), TAP_ALL] as const);
    return {
      values: Object.fromEntries([...logged, ...tapped].sort(([a], [b]) => (a < b ? -1 : 1))),
      leaseMs: tapped.length > 0 ? TAP_LEASE_MS : LOG_LEASE_MS,
    };
  }

  /** Looks who is there by now, and says how it stands. */
  #look(): void {
    this.#cancel?.();
    const { clock, tunings } = this.#options;
    for (const tap of this.#taps.values()) tap.choice = tap.chooser();
    tunings.look();
    const standings = this.#taps.size === 0 ? [] : tunings.standings();
    for (const tap of [...this.#taps.values()]) this.#tell(tap, standings);
    this.#cancel = clock.after(this.#taps.size === 0 ? IDLE_MS : LOOK_MS, () => this.#look());
  }

  /** Where lines go from now on that a policy wants at the collector; nowhere without. */
  retarget(target: ExportTarget | undefined): void {
    this.#target = target;
    this.#say({ kind: 'retarget', target });
  }

  /** Lines of access logs that were wanted and not written, and how it stands with the collector of them, since the control plane began. */
  written(): { readonly lost: { readonly notStored: number }; readonly export?: ExportView | undefined } {
    return { lost: { notStored: this.#unwritten }, export: this.#sent };
  }

  /** Resolves when what was told is written. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    this.#cancel?.();
    for (const { stream } of [...this.#taps.values()]) stream.end('the control plane ends');
    const thread = this.#thread;
    if (thread === undefined) return;
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    thread.postMessage({ kind: 'end' } satisfies ToListener);
    await ended;
  }

  #tell(tap: Tap, standings: ReturnType<TapsOptions['tunings']['standings']>): void {
    const mine = standings.filter(({ claims, state }) => state !== 'off' && [claims, ...this.#served(claims)].some((each) => tap.choice(each) !== undefined));
    const telling = this.#ready ? mine.filter(({ state }) => state === 'on').length : 0;
    const waiting = mine.length - telling;
    const now = this.#options.clock.monotonic();
    if (!tap.stream.tell()) tap.stream.end('nobody read it for 30 s');
    if (tap.told === `${telling} ${waiting}` && now - tap.toldAt < TELL_MS) return;
    tap.told = `${telling} ${waiting}`;
    tap.toldAt = now;
    tap.stream.push({ kind: 'standing', telling, waiting });
  }
}
