// What the control plane's thread and the one that keeps spans say to each other.
import type { TracesQuery } from '../../api/index.ts';
import type { ExportTarget } from '../otlp/target.ts';
import type { Sender } from '../sender.ts';
import type { OwnSpan } from './own-span.ts';
import type { AskedPush } from './pushes.ts';

export type SpanQuestion =
  | { readonly kind: 'find'; readonly query: TracesQuery }
  | { readonly kind: 'trace'; readonly id: string }
  | { readonly kind: 'pushes'; readonly of: readonly AskedPush[] }
  | { readonly kind: 'broken'; readonly since: number }
  | { readonly kind: 'kept' };

export type ToSpans =
  | { readonly kind: 'take'; readonly sender: Sender; readonly bytes: Uint8Array }
  /** Of the control plane itself. */
  | { readonly kind: 'own'; readonly spans: readonly OwnSpan[] }
  | { readonly kind: 'ask'; readonly id: number; readonly question: SpanQuestion }
  /** Where spans go beside from now on. */
  | { readonly kind: 'retarget'; readonly target: ExportTarget | undefined }
  | { readonly kind: 'close' };

export type FromSpans =
  /** So much of what was sent has been taken. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly words: string }
  | { readonly kind: 'told'; readonly level: 'info' | 'warn'; readonly message: string; readonly details: Readonly<Record<string, unknown>> };

export interface SpansData {
  readonly directory: string;
  readonly budgetBytes: number;
  readonly keepMs: number;
  readonly settleMs: number;
  /** Of Weft. */
  readonly version: string;
  /** Where spans are sent beside. */
  readonly target?: ExportTarget | undefined;
}
