// What the control plane's thread and the keeper's say to each other.
import type { RecordsQuery } from '../api/index.ts';
import type { RecordSide } from '../envoy/index.ts';
import type { Sender } from './sender.ts';

export type Question =
  | { readonly kind: 'records'; readonly query: RecordsQuery }
  | { readonly kind: 'peers'; readonly since: number }
  | { readonly kind: 'uses'; readonly since: number }
  | { readonly kind: 'kept' };

export type ToKeeper =
  | { readonly kind: 'take'; readonly side: RecordSide; readonly sender: Sender; readonly bytes: Uint8Array }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'close' };

export type FromKeeper =
  /** So much of what was sent has been taken. */
  | { readonly kind: 'taken'; readonly bytes: number }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly words: string }
  | { readonly kind: 'told'; readonly level: 'info' | 'warn'; readonly message: string; readonly details: Readonly<Record<string, unknown>> };

export interface KeeperData {
  readonly file: string;
  readonly budgetBytes: number;
  readonly keepMs: number;
}
