import type { Clock } from '../base/index.ts';
import type { ByteStream, GrpcService } from '../wire/index.ts';
import type { ResourceRef } from '../xds/index.ts';
import { Admission, type AdmissionLimits } from './admission.ts';
import { AdsStream } from './ads-stream.ts';
import type { Agenda } from './agenda.ts';
import type { CertificateOptions } from './certificates.ts';
import type { Counters } from './counters.ts';
import { CONTROL_ERRORS, type ControlErrorCode, wordsOf } from './errors.ts';
import type { Meters } from './meters.ts';
import type { ControlPorts } from './ports.ts';
import type { Claims, ProxyState } from './proxy-state.ts';
import type { Tunings } from './tuning.ts';

/** What the streams ask of the control plane. */
export interface AdsHost {
  /** The state of the proxy, in the fleet from now on; or why it has no business here. */
  admit(claims: Claims): { readonly state: ProxyState } | { readonly refusal: 'unknown-proxy' | 'unavailable'; readonly words: string };
  released(state: ProxyState): void;
  acked(state: ProxyState, resources: readonly ResourceRef[]): void;
  refused(state: ProxyState, resource: ResourceRef, words: string): void;
}

export interface AdsOptions extends Pick<ControlPorts, 'authenticator' | 'log'> {
  readonly clock: Clock;
  readonly agenda: Agenda;
  readonly counters: Counters;
  readonly meters: Meters;
  readonly certificates: CertificateOptions;
  readonly random: () => number;
  readonly limits: AdmissionLimits;
  readonly tunings: Tunings;
}

const ADS_SERVICE = 'envoy.service.discovery.v3.AggregatedDiscoveryService';
/** `weft run` writes the workload and starts Envoy at once: its document may be a moment behind its stream. */
const UNKNOWN_GRACE_MS = 3000;
const UNKNOWN_RETRY_MS = 50;
/** Requests that may wait while a stream is authenticated and admitted; Envoy sends at most one per type. */
const MAX_EARLY = 64;

/**
 * Delta ADS for proxies that prove who they are with a bearer token. What the node says of itself is never believed; a newer
 * stream of the same proxy replaces the older one.
 */
export class Ads {
  readonly service: GrpcService;
  readonly admission: Admission;
  readonly #options: AdsOptions;
  readonly #host: AdsHost;
  #closed = false;

  constructor(host: AdsHost, options: AdsOptions) {
    this.#host = host;
    this.#options = options;
    this.admission = new Admission(options.clock, options.limits);
    this.service = { name: ADS_SERVICE, methods: { DeltaAggregatedResources: { kind: 'bidi', open: (stream) => this.#open(stream) } } };
  }

  close(): void {
    this.#closed = true;
    this.admission.close();
  }

  #open(stream: ByteStream): void {
    this.#options.counters.streams++;
    const early: Uint8Array[] = [];
    let live: AdsStream | undefined;
    let leave = (): void => {};
    let gone = false;
    stream.onMessage((bytes) => {
      if (live !== undefined) return live.message(bytes);
      if (early.push(bytes) > MAX_EARLY) fail(stream, 'overwhelmed', 'too many requests before the first answer');
    });
    stream.onDrain(() => live?.drained());
    stream.onCancel(() => {
      gone = true;
      leave();
      live?.gone();
    });
    this.#authenticate(stream)
      .then((claims) => {
        if (claims === undefined || gone) return;
        leave = this.admission.enter(() =>
          this.#start(
            {
              stream,
              claims,
              early,
              gone: () => gone,
              started: (started) => {
                live = started;
              },
              leave: (how) => {
                leave = how;
              },
            },
            this.#options.clock.monotonic(),
          ),
        );
      })
      .catch((error: unknown) => {
        this.#options.log('error', 'authenticating a proxy failed', { peer: stream.call.peer, error: wordsOf(error) });
        fail(stream, 'unavailable', 'the control plane cannot check tokens at the moment');
      });
  }

  async #authenticate(stream: ByteStream): Promise<Claims | undefined> {
    const { token } = stream.call;
    if (this.#closed) return fail(stream, 'unavailable', 'the control plane is shutting down');
    if (token === undefined) return fail(stream, 'unauthenticated', 'the stream carries no bearer token');
    const claims = await this.#options.authenticator.authenticate(token);
    if (claims !== undefined) return claims;
    this.#options.log('warn', 'a proxy was refused: its token is not valid', { peer: stream.call.peer });
    return fail(stream, 'unauthenticated', 'the token is not valid (any more)');
  }

  #start(candidate: Candidate, since: number): void {
    const { stream, claims } = candidate;
    if (candidate.gone()) return;
    const admitted = this.#host.admit(claims);
    if ('refusal' in admitted) {
      const { clock } = this.#options;
      if (clock.monotonic() - since >= UNKNOWN_GRACE_MS) return void fail(stream, admitted.refusal, admitted.words);
      const cancel = clock.after(UNKNOWN_RETRY_MS, () => this.#start(candidate, since));
      candidate.leave(cancel);
      return;
    }
    const started = new AdsStream({ ...this.#options, stream, claims, state: admitted.state, host: this.#host });
    candidate.started(started);
    for (const bytes of candidate.early) started.message(bytes);
    candidate.early.length = 0;
  }
}

interface Candidate {
  readonly stream: ByteStream;
  readonly claims: Claims;
  readonly early: Uint8Array[];
  readonly gone: () => boolean;
  readonly started: (stream: AdsStream) => void;
  readonly leave: (how: () => void) => void;
}

function fail(stream: ByteStream, code: ControlErrorCode, words: string): undefined {
  stream.fail(CONTROL_ERRORS[code].grpc, words);
  return undefined;
}
