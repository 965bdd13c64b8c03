// What the control plane's thread and the listening one say to each other.
import type { ExportView, TapRequest, TapSide } from '../api/index.ts';
import type { LogRule } from './access-log.ts';
import type { ExportTarget } from './otlp/target.ts';
import type { TapSender } from './tap-event.ts';
import type { TapMatch, TapRole } from './tap-match.ts';
import type { Teller } from './whose.ts';

export type ToListener =
  | { readonly kind: 'open'; readonly tap: number; readonly match: TapMatch }
  | { readonly kind: 'close'; readonly tap: number }
  /** Where lines of access logs go that a policy wants at the collector. */
  | { readonly kind: 'retarget'; readonly target: ExportTarget | undefined }
  | { readonly kind: 'end' }
  | {
      readonly kind: 'take';
      /** All requests of a tapped proxy, or the failures that every proxy tells. */
      readonly log: 'tapped' | 'records';
      readonly side: TapSide;
      readonly teller: TapTeller;
      readonly bytes: Uint8Array;
    };

/** Who tells, and for whom it is; of the proxy of a node by workload that it serves. */
export interface TapTeller extends Teller<TapTeller> {
  readonly sender: TapSender;
  /** Taps that chose this proxy, and why. */
  readonly roles: ReadonlyMap<number, TapRole>;
  /** Rules of access logs for what arrives there; none on other sides. */
  readonly rules: readonly LogRule[];
}

export interface Heard {
  readonly tap: number;
  readonly requests: readonly TapRequest[];
  /** Matched, but more than the tap takes. */
  readonly dropped: number;
}

export type FromListener =
  | { readonly kind: 'heard'; readonly heard: readonly Heard[] }
  | { readonly kind: 'taken'; readonly bytes: number }
  /** Lines of access logs that could not be written. */
  | { readonly kind: 'unwritten'; readonly lines: number }
  /** How it stands with the collector; undefined without one. */
  | { readonly kind: 'sent'; readonly view: ExportView | undefined }
  /** It listens from now on. */
  | { readonly kind: 'ready' };

export interface ListenerData {
  /** Of the files of access logs. */
  readonly logs: string;
  /** Of Weft. */
  readonly version: string;
  /** Where lines go that a policy wants at the collector. */
  readonly target?: ExportTarget | undefined;
}
