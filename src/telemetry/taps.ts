// Taps: who looks on, which proxies are to tell all of their requests for it, and the way from what they tell to who looks on. Nothing is kept.
// Matching happens in a thread of its own that lives as long as there is a tap; what is too much is counted and said in the stream.
import { Worker } from 'node:worker_threads';
import type { TapLine, TapSide } from '../api/index.ts';
import { type Clock, WeftError } from '../base/index.ts';
import { type RuntimeValues, sideOfLog, sideOfTap, TAP_ALL, TAP_SIDES, tapKey } from '../envoy/index.ts';
import type { LogClaims, LogSink } from './door.ts';
import { TELEMETRY_ERRORS } from './errors.ts';
import type { TapSender } from './tap-event.ts';
import type { TapMatch, TapRole } from './tap-match.ts';
import type { FromListener, ToListener } from './tap-protocol.ts';
import { TapStream } from './tap-stream.ts';

/** Which proxies a tap is about. Asked again and again: workloads come and go. */
export type TapChoice = (claims: Pick<LogClaims, 'workload'>) => TapRole | undefined;

export interface TapsOptions {
  readonly clock: Clock;
  senderOf(claims: LogClaims): TapSender;
  readonly tunings: {
    choose(choice: (claims: LogClaims) => RuntimeValues): void;
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
const TELL_MS = 5000;
const WAITING_BYTES = 16 * 1024 * 1024;
const MESSAGE_BYTES = 512 * 1024;
const NOTHING: RuntimeValues = {};
const THREAD = new URL(import.meta.url.endsWith('.ts') ? './listening-thread.ts' : './listening-thread.js', import.meta.url);

/** Sides on which a proxy has to tell for a tap: of who serves a service only what arrives, of who calls only what leaves. */
function sidesOf({ service, side }: TapMatch, role: TapRole): readonly TapSide[] {
  const all = service === undefined ? TAP_SIDES : TAP_SIDES.filter((each) => (each === 'inbound' ? role.serves : role.calls));
  return side === undefined ? all : all.filter((each) => each === side);
}

export class Taps implements LogSink {
  readonly #options: TapsOptions;
  readonly #taps = new Map<number, Tap>();
  #thread: Worker | undefined;
  #outstanding = 0;
  #next = 1;
  #cancel: (() => void) | undefined;

  constructor(options: TapsOptions) {
    this.#options = options;
    options.tunings.choose((claims) => this.#values(claims));
  }

  readonly takes = (log: string): boolean => sideOfTap(log) !== undefined;

  refuses(): undefined {
    return undefined;
  }

  /** Tapped requests, and records (their sink hands them on). Bounded: what comes while too much waits is counted. */
  take(log: string, claims: LogClaims, bytes: Uint8Array): void {
    const tapped = sideOfTap(log);
    const side = tapped ?? sideOfLog(log);
    if (this.#thread === undefined || side === undefined || side === 'connection' || this.#taps.size === 0) return;
    const roles = new Map<number, TapRole>();
    for (const [id, tap] of this.#taps) {
      const role = tap.choice(claims);
      if (role !== undefined) roles.set(id, role);
    }
    if (tapped !== undefined && roles.size === 0) return;
    if (bytes.byteLength > MESSAGE_BYTES || this.#outstanding > WAITING_BYTES) {
      this.#behind(roles.keys());
      return;
    }
    const copy = new Uint8Array(bytes);
    this.#outstanding += copy.byteLength;
    const message: ToListener = {
      kind: 'take',
      log: tapped === undefined ? 'records' : 'tapped',
      side,
      sender: this.#options.senderOf(claims),
      roles,
      bytes: copy,
    };
    this.#thread.postMessage(message, [copy.buffer]);
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
    if (this.#taps.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
    void this.#thread?.terminate();
    this.#thread = undefined;
  }

  #say(message: ToListener): void {
    if (message.kind === 'open') this.#thread ??= this.#start();
    this.#thread?.postMessage(message);
  }

  #start(): Worker {
    const thread = new Worker(THREAD, { name: 'tap' });
    this.#outstanding = 0;
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
    else
      for (const { tap, requests, dropped } of message.heard) {
        const stream = this.#taps.get(tap)?.stream;
        for (const request of requests) stream?.push(request);
        if (dropped > 0) stream?.drop('max-rps', dropped);
      }
  }

  /** What a proxy is to tell, for all taps together. */
  #values(claims: LogClaims): RuntimeValues {
    const wanted = new Map<TapSide, boolean>();
    for (const { match, choice } of this.#taps.values()) {
      const role = choice(claims);
      if (role !== undefined) for (const side of sidesOf(match, role)) wanted.set(side, (wanted.get(side) ?? false) || match.headers);
    }
    if (wanted.size === 0) return NOTHING;
    // of what leaves a workload no headers are told: they are the same where it arrives
    return Object.fromEntries([...wanted].sort().map(([side, headers]) => [tapKey(side, headers && side !== 'outbound'), TAP_ALL]));
  }

  /** Looks who is there by now, and says how it stands. */
  #look(): void {
    this.#cancel?.();
    if (this.#taps.size === 0) return;
    const { clock, tunings } = this.#options;
    for (const tap of this.#taps.values()) tap.choice = tap.chooser();
    tunings.look();
    const standings = tunings.standings();
    for (const tap of [...this.#taps.values()]) this.#tell(tap, standings);
    this.#cancel = clock.after(LOOK_MS, () => this.#look());
  }

  #tell(tap: Tap, standings: ReturnType<TapsOptions['tunings']['standings']>): void {
    const mine = standings.filter(({ claims, state }) => state !== 'off' && tap.choice(claims) !== undefined);
    const telling = mine.filter(({ state }) => state === 'on').length;
    const waiting = mine.length - telling;
    const now = this.#options.clock.monotonic();
    if (!tap.stream.tell()) tap.stream.end('nobody read it for 30 s');
    if (tap.told === `${telling} ${waiting}` && now - tap.toldAt < TELL_MS) return;
    tap.told = `${telling} ${waiting}`;
    tap.toldAt = now;
    tap.stream.push({ kind: 'standing', telling, waiting });
  }
}
