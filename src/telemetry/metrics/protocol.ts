// What the control plane's thread and the meter's say to each other.
import type { MetricsQuery, SeriesQuery, SpentQuery } from '../../api/index.ts';
import type { Arrived } from '../arrivals.ts';
import type { Named, Reporter } from './labels.ts';

export type MetricsQuestion =
  | { readonly kind: 'stat'; readonly query: MetricsQuery }
  | { readonly kind: 'edges'; readonly query: MetricsQuery }
  | { readonly kind: 'series'; readonly query: SeriesQuery }
  | { readonly kind: 'spent'; readonly query: SpentQuery }
  | { readonly kind: 'kept' }
  /** Of proxies, by id. */
  | { readonly kind: 'memory' }
  | { readonly kind: 'page'; readonly openMetrics: boolean }
  /** The same as bytes for a collector. */
  | { readonly kind: 'message' };

export type ToMeter =
  | { readonly kind: 'take'; readonly reporter: Reporter; readonly bytes: Uint8Array; readonly arrived?: Arrived | undefined }
  | { readonly kind: 'know'; readonly directory: readonly (readonly [string, Named])[] }
  | { readonly kind: 'ask'; readonly id: number; readonly question: MetricsQuestion }
  | { readonly kind: 'close' };

export type FromMeter =
  /** So much of what was sent has been taken. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly words: string }
  | { readonly kind: 'told'; readonly level: 'info' | 'warn'; readonly message: string; readonly details: Readonly<Record<string, unknown>> };

export interface MeterData {
  readonly folder: string;
  readonly budgetBytes: number;
  /** What the mesh is called where several are looked at together. */
  readonly cluster: string;
}
