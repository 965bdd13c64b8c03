import { assertNever } from '../base/index.ts';
import type { ByteStream } from '../wire/index.ts';
import {
  type DeltaRequest,
  decodeRequest,
  encodeResponse,
  type Input,
  type Output,
  openSubscription,
  type Subscription,
  standing,
  step,
} from '../xds/index.ts';
import type { AdsHost, AdsOptions } from './ads.ts';
import type { Appointment } from './agenda.ts';
import { isPlaceholder } from './certificates.ts';
import { tooOld } from './envoy-versions.ts';
import { CONTROL_ERRORS, wordsOf } from './errors.ts';
import type { Claims, Outlet, ProxyState } from './proxy-state.ts';
import type { Push, PushOutcome } from './push-traces.ts';
import { StreamCertificates } from './stream-certificates.ts';
import type { StreamTuning } from './tuning.ts';

export interface AdsStreamOptions extends AdsOptions {
  readonly stream: ByteStream;
  readonly claims: Claims;
  readonly state: ProxyState;
  readonly host: AdsHost;
}

/** A peer that asks and asks without reading is cut off here; Envoy never has more than a handful waiting. */
const MAX_QUEUED = 512;
/** A stream ends this long before its token, at the latest; the jitter spreads what started together. */
const EXPIRY_MARGIN_MS = 10_000;
const EXPIRY_JITTER = 0.1;

/**
 * One proxy's stream. Level-triggered: it remembers only that something was touched, and sends what differs from the newest
 * snapshot when there is room to write. The protocol itself is `xds.step`; here are its inputs and outputs.
 */
export class AdsStream implements Outlet {
  subscription: Subscription = openSubscription();
  readonly #options: AdsStreamOptions;
  readonly #state: ProxyState;
  readonly #certificates: StreamCertificates;
  readonly #tuning: StreamTuning;
  readonly #expiry: Appointment;
  /** When what it has not acknowledged yet came about, monotonic. */
  #behindSince: number | undefined;
  /** The first push of those that it has not acknowledged yet, where it is followed. */
  #push: Push | undefined;
  #cancelWake: (() => void) | undefined;
  #blocked = false;
  /** The first snapshot was given. */
  #started = false;
  #starting = false;
  #over = false;
  #waitingForSecret: DeltaRequest[] = [];

  constructor(options: AdsStreamOptions) {
    this.#options = options;
    this.#state = options.state;
    const { claims, clock, agenda, random } = options;
    options.state.outlet?.refuse('unavailable', 'a newer stream of the same proxy has taken over');
    this.#certificates = new StreamCertificates(options.state, options.certificates, () => this.#answerSecrets());
    options.state.outlet = this;
    this.#tuning = options.tunings.open(claims, (bytes) => options.stream.write(bytes));
    options.state.touch('all');
    const left = Math.max(0, claims.expiresAt - clock.now());
    const margin = Math.min(EXPIRY_MARGIN_MS, left / 2) + left * EXPIRY_JITTER * random();
    this.#expiry = agenda.at(claims.expiresAt - margin, () => this.#end());
  }

  message(bytes: Uint8Array): void {
    if (this.#over) return;
    const { log, stream } = this.#options;
    if (stream.queued > MAX_QUEUED) {
      this.#fail('overwhelmed', 'the proxy asks without reading the answers');
      return;
    }
    let request: DeltaRequest;
    try {
      request = decodeRequest(bytes);
    } catch (error) {
      log('warn', 'a proxy sent something that is no DeltaDiscoveryRequest', { proxy: this.#state.id, error: wordsOf(error) });
      this.#end(3, 'not a DeltaDiscoveryRequest');
      return;
    }
    this.#take(request);
    this.#settled();
  }

  /** Notes how long a change took once the proxy has acknowledged all of it. */
  #settled(): void {
    if (this.#behindSince === undefined || this.#state.dirty || standing(this.subscription).pending > 0) return;
    const { clock, meters } = this.#options;
    meters.convergence.observe(clock.monotonic() - this.#behindSince);
    this.#behindSince = undefined;
    this.#pushEnded('acknowledged');
  }

  #pushEnded(outcome: PushOutcome, words = ''): void {
    this.#push?.ended(this.#state.id, outcome, words);
    this.#push = undefined;
  }

  drained(): void {
    this.#blocked = false;
    this.changed();
    this.#answerSecrets();
  }

  changed(): void {
    if (this.#over) return;
    this.#certificates.look();
    if (this.#blocked || !this.#started || !this.#state.dirty) return;
    const { counters, meters } = this.#options;
    counters.pushes++;
    this.#behindSince ??= meters.changedAt;
    this.#step({ kind: 'snapshot', snapshot: this.#state.snapshot(), touched: this.#state.takeTouched() });
    this.#settled();
  }

  reissue(delayMs: number): void {
    if (!this.#over) this.#certificates.reissue(delayMs);
  }

  refuse(code: 'unknown-proxy' | 'unavailable', words: string): void {
    this.#fail(code, words);
  }

  /** The stream is gone; called once, whoever ended it. */
  gone(): void {
    this.#close();
  }

  #take(request: DeltaRequest): void {
    if (request.node !== undefined && this.#outdated(request.node.version)) return;
    // beside the protocol, and before anything else: it says nothing of whether the proxy is new
    if (this.#options.tunings.isOf(request)) {
      this.#options.tunings.take(this.#tuning, request);
      return;
    }
    if (request.type === 'secret') {
      this.#waitingForSecret.push(request);
      if (this.#certificates.knownFor(request)) this.#answerSecrets();
      else if (this.#started) void this.#issueAndGo();
    } else this.#step({ kind: 'request', request });
    this.#start(request);
  }

  /** Takes note of the version, and ends the stream of an Envoy that is too old. */
  #outdated(version: string): boolean {
    // A workload may have got another Envoy since it was here last.
    if (version !== '') this.#state.envoyVersion = version;
    const why = tooOld(version);
    if (why === undefined) return false;
    this.#options.log('warn', 'a proxy is too old and gets no configuration', { proxy: this.#state.id, envoy: version });
    this.#fail('unknown-proxy', why);
    return true;
  }

  /**
   * Secrets are answered out of a snapshot that has the certificate: not while that waits for room, and not while the issuer is
   * down, since the answer "there is none" would keep clusters from warming.
   */
  #answerSecrets(): void {
    if (this.#over || this.#starting) return;
    this.changed();
    if (this.#state.dirty && this.#started) return;
    const waiting = this.#waitingForSecret;
    if (waiting.some((request) => !this.#certificates.knownFor(request))) return;
    this.#waitingForSecret = [];
    for (const request of waiting) this.#step({ kind: 'request', request });
  }

  /**
   * Gives the first snapshot. A proxy that holds nothing yet gets its certificate in the same burst; one that comes back is
   * asked first (by its own request for secrets) whether it still has one.
   */
  #start(first: DeltaRequest): void {
    if (this.#started || this.#starting) return;
    if (first.initialVersions.size > 0 || this.#certificates.known) {
      this.#begin();
      return;
    }
    this.#starting = true;
    void this.#issueAndGo();
  }

  async #issueAndGo(again: readonly string[] = []): Promise<void> {
    await this.#certificates.issue(again);
    this.#starting = false;
    if (this.#over) return;
    if (!this.#started) this.#begin();
    this.#answerSecrets();
  }

  #begin(): void {
    this.#started = true;
    this.changed();
  }

  #step(input: Input): void {
    const { subscription, outputs } = step(this.subscription, input);
    this.subscription = subscription;
    for (const output of outputs) this.#perform(output);
  }

  #perform(output: Output): void {
    const { host, clock } = this.#options;
    switch (output.kind) {
      case 'send':
        this.#send(output);
        break;
      case 'acked':
        host.acked(this.#state, output.resources);
        break;
      case 'refused':
        host.refused(this.#state, output.resource, output.words);
        this.#pushEnded('refused', output.words);
        break;
      case 'wake':
        this.#cancelWake?.();
        this.#cancelWake = clock.after(output.afterMs, () => this.#over || this.#step({ kind: 'elapsed', now: clock.now() }));
        break;
      default:
        assertNever(output);
    }
  }

  #send({ response }: Output & { kind: 'send' }): void {
    if (this.#over) return;
    const { stream, counters, meters } = this.#options;
    const resources = response.resources.filter((resource) => !isPlaceholder(resource));
    // The proxy wants the bytes of a certificate that it told us it had: it gets another one.
    if (resources.length < response.resources.length) void this.#issueAndGo(response.resources.filter(isPlaceholder).map(({ name }) => name));
    if (meters.push !== undefined && this.#push === undefined) {
      this.#push = meters.push;
      this.#push.sent(this.#state.id);
    }
    const bytes = encodeResponse({ ...response, resources });
    counters.bytesSent += bytes.byteLength;
    counters.resourcesSent += resources.length;
    const { [response.type]: type } = meters.types;
    type.responses++;
    type.bytes.observe(bytes.byteLength);
    if (!stream.write(bytes)) this.#blocked = true;
  }

  #fail(code: 'unknown-proxy' | 'unavailable' | 'overwhelmed', words: string): void {
    this.#end(CONTROL_ERRORS[code].grpc, words);
  }

  /** Ends with OK unless a status is given: the proxy opens a new stream at once, with the token it has by then. */
  #end(code = 0, words = ''): void {
    if (this.#over) return;
    this.#close();
    if (code === 0) this.#options.stream.end();
    else this.#options.stream.fail(code, words);
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#expiry.cancel();
    this.#pushEnded('left');
    this.#cancelWake?.();
    this.#options.tunings.gone(this.#tuning);
    if (this.#state.outlet === this) {
      this.#certificates.close();
      this.#state.outlet = undefined;
      this.#options.host.released(this.#state);
    }
  }
}
