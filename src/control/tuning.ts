// What a proxy is told beside its configuration, and only for a while: values of Envoy's runtime (RTDS), on the same stream. Nobody's documents
// decide them and no snapshot has them. They are lent: Envoy forgets them by itself after a time, so that nothing stays on when the control
// plane dies, and while somebody wants them they are told again and again.
import type { Clock } from '../base/index.ts';
import { encodeRuntime, RUNTIME_TYPE_URL, type RuntimeValues } from '../envoy/index.ts';
import type { DeltaRequest } from '../xds/index.ts';
import type { ControlPorts } from './ports.ts';
import type { Claims } from './proxy-state.ts';

/** How often is looked whether something is to be renewed: it is after a third of its time. */
const RENEW_MS = 3_000;
const SETTLED_MS = 250;
const EMPTY: RuntimeValues = {};

/** What is lent, and how long a proxy keeps it when nobody renews it. */
export interface Tuning {
  readonly values: RuntimeValues;
  readonly leaseMs: number;
}
const NOTHING: Tuning = { values: EMPTY, leaseMs: 0 };

/** Who wants what of a proxy; asked often, so it must be quick. The same value for the same answer. */
export type TuningChoice = (claims: Claims) => Tuning;

export type TunedState = 'off' | 'waiting' | 'on';

const empty = (values: RuntimeValues): boolean => Object.keys(values).length === 0;
const same = (one: RuntimeValues, other: RuntimeValues): boolean => one === other || JSON.stringify(one) === JSON.stringify(other);

/** The side of one stream. It answers requests of this one type and leaves everything else to the protocol (xds). */
export class StreamTuning {
  readonly claims: Claims;
  readonly #write: (bytes: Uint8Array) => void;
  readonly #refused: (words: string) => void;
  #asked = false;
  #sent: { readonly values: RuntimeValues; readonly nonce: string; readonly at: number } | undefined;
  #acked: { readonly values: RuntimeValues; readonly at: number } = { values: EMPTY, at: 0 };
  #count = 0;

  constructor(claims: Claims, ends: { readonly write: (bytes: Uint8Array) => void; readonly refused: (words: string) => void }) {
    this.claims = claims;
    this.#write = ends.write;
    this.#refused = ends.refused;
  }

  /** The first request of a stream is answered in any case: a proxy that starts waits for it. */
  take(request: DeltaRequest, wanted: Tuning, now: number): void {
    if (request.nonce !== '' && request.nonce === this.#sent?.nonce) {
      if (request.error === undefined) this.#acked = same(this.#acked.values, this.#sent.values) ? this.#acked : { values: this.#sent.values, at: now };
      else this.#refused(request.error.message);
    }
    if (request.subscribe.length === 0 && this.#asked) return;
    this.#asked = true;
    this.#send(wanted, now);
  }

  /** Tells what is new, and what would be forgotten soon. */
  want(wanted: Tuning, now: number): void {
    if (!this.#asked) return;
    const { values = EMPTY, at = 0 } = this.#sent ?? {};
    if (!same(values, wanted.values) || (!empty(values) && now - at >= wanted.leaseMs / 3)) this.#send(wanted, now);
  }

  /** Does the proxy do it by now? Its threads hear of it a moment after it has acknowledged. */
  standing(now: number): TunedState {
    const wanted = this.#sent?.values ?? EMPTY;
    if (empty(wanted)) return 'off';
    return same(this.#acked.values, wanted) && now - this.#acked.at >= SETTLED_MS ? 'on' : 'waiting';
  }

  #send({ values, leaseMs }: Tuning, now: number): void {
    const version = `${++this.#count}`;
    this.#sent = { values, nonce: `tuning-${version}`, at: now };
    this.#write(encodeRuntime({ values, nonce: this.#sent.nonce, version, ...(empty(values) ? {} : { ttlMs: leaseMs }) }));
  }
}

/** All streams: level-triggered, looked at when somebody says so and while anything is lent. */
export class Tunings {
  readonly #clock: Clock;
  readonly #log: ControlPorts['log'];
  readonly #streams = new Set<StreamTuning>();
  #choice: TuningChoice = () => NOTHING;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, log: ControlPorts['log']) {
    this.#clock = clock;
    this.#log = log;
  }

  isOf({ typeUrl }: DeltaRequest): boolean {
    return typeUrl === RUNTIME_TYPE_URL;
  }

  open(claims: Claims, write: (bytes: Uint8Array) => void): StreamTuning {
    const refused = (words: string): void => this.#log('warn', 'a proxy refused values of its runtime', { proxy: claims.proxy, words: words.slice(0, 300) });
    const opened = new StreamTuning(claims, { write, refused });
    this.#streams.add(opened);
    return opened;
  }

  take(stream: StreamTuning, request: DeltaRequest): void {
    stream.take(request, this.#choice(stream.claims), this.#clock.monotonic());
    this.#keep();
  }

  gone(stream: StreamTuning): void {
    this.#streams.delete(stream);
  }

  /** From now on this is wanted. */
  choose(choice: TuningChoice): void {
    this.#choice = choice;
    this.look();
  }

  /** What is wanted may be different now. */
  look(): void {
    const now = this.#clock.monotonic();
    for (const stream of this.#streams) stream.want(this.#choice(stream.claims), now);
    this.#keep();
  }

  /** Comes back in time while anything is lent. */
  #keep(): void {
    if ([...this.#streams].every((each) => each.standing(this.#clock.monotonic()) === 'off')) this.close();
    else this.#cancel ??= this.#clock.after(RENEW_MS, () => this.#renew());
  }

  #renew(): void {
    this.#cancel = undefined;
    this.look();
  }

  /** What every connected proxy does now. */
  standings(): readonly { readonly claims: Claims; readonly state: TunedState }[] {
    return [...this.#streams].map((stream) => ({ claims: stream.claims, state: stream.standing(this.#clock.monotonic()) }));
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
