// What a page is: a folder here, and a line in list.ts.
import type { ComponentType } from 'react';
import type { Search } from '../state/address.ts';

/** The seven places of the rail, in its order. */
export const PLACES = ['overview', 'services', 'traces', 'live', 'policies', 'proxies', 'deliveries'] as const;
export type PlaceId = (typeof PLACES)[number];

/** What the address says, for the command that prints the same. */
export interface Shown {
  readonly search: Search;
  readonly params: Readonly<Record<string, string | undefined>>;
}

export interface Page {
  /** As the router writes it: `/services/$namespace/$name`. */
  readonly path: string;
  /** Which place of the rail it belongs to. */
  readonly place: PlaceId;
  readonly title: (shown: Shown) => string;
  /** The `weft` command that prints what the page shows. */
  readonly command: (shown: Shown) => string;
  /** Loaded when somebody goes there. */
  readonly load: () => Promise<{ readonly Page: ComponentType }>;
}
