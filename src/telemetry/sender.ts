import type { Teller } from './whose.ts';

/** Who sends records, as its token and the mesh say; never what a message says of it. */
export interface Sender extends Teller<Sender> {
  readonly proxy: string;
  /** SPIFFE ID. */
  readonly identity: string;
  /** The first service that the workload serves, `namespace/name`; empty without one. */
  readonly service: string;
  /** Ports of the application by the port of its proxy. */
  readonly ports: Readonly<Record<number, number>>;
  /** Of the store, now. */
  readonly revision: number;
}
