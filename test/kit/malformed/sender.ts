// What is sent where, and how it is counted.

export interface Target {
  readonly api: number;
  readonly xds: number;
  readonly bundle: number;
  /** Of the webhooks. */
  readonly webhooks: number;
  /** The admin token: what comes behind the gate is tried as well. Empty: this is a flood of strangers. */
  readonly token: string;
  /** A proxy's own; empty as above. */
  readonly proxyToken: string;
}

/**
 * What became of an input. `answered`: with words of the protocol (a status, an alert, a frame); `closed`: the connection or the stream was ended; `left`:
 * nothing came in time; `limited`: it was refused unread for there were too many (429), so it is sent again; `unsent`: the connection was gone before it
 * was looked at, so it is sent again too.
 */
export type Outcome = 'answered' | 'closed' | 'left' | 'limited' | 'unsent';
export type Tally = Record<Outcome, number>;
export const nothing = (): Tally => ({ answered: 0, closed: 0, left: 0, limited: 0, unsent: 0 });

/** Inputs that were looked at, whatever came of it. */
export const judged = ({ answered, closed, left }: Tally): number => answered + closed + left;

export interface Kind {
  /** Of so many inputs to the listener, how many are of this kind. */
  readonly weight: number;
  /** At once on as few connections as the protocol allows. */
  readonly batch: number;
  /** Connections at once. */
  readonly atOnce: number;
  /** Sends `count` inputs, and tells of each in `tally`. Throws `ServerFailed`. */
  send(target: Target, count: number, tally: Tally): Promise<void>;
}

/** The server says that it failed: that is a fault of its own. */
export class ServerFailed extends Error {}

/** Loopback has many addresses: a flood comes from many sources, and has ports enough. */
export const someAddress = (): string => `127.0.0.${2 + Math.floor(Math.random() * 60)}`;
