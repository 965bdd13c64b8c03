import type { ProxyResourceView } from '../../../api/index.ts';

/** How resources of one type are printed. */
export interface Section {
  readonly headers: readonly string[];
  /** `now` in epoch ms. */
  readonly rows: (resource: ProxyResourceView, now: number) => readonly (readonly string[])[];
}
