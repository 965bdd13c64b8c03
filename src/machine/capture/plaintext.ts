// The application's own port on this machine, for callers without a certificate: open while the proxy says so, which is while a policy
// lets plaintext in. The proxy takes the connections by a pipe (compile/emit/inbound.ts), so this is the machine's port in every mode
// of capture, and a port that is taken is a line for the user instead of a listener that Envoy refuses.
import { readdirSync } from 'node:fs';
import type { Server } from 'node:net';
import { pause } from '../command.ts';
import { wordsOf } from '../errors.ts';
import { getOverUnix } from '../unix-http.ts';
import { openInbound } from './relay/pipes.ts';
import { noCounts } from './relay/splice.ts';

export interface PlaintextOptions {
  readonly folder: string;
  /** Of the proxy as it is now: a node's may have been started again. */
  readonly adminSocket: () => string;
  /** Address of this machine at which peers reach the proxy. */
  readonly address: string;
  readonly tell: (line: string) => void;
  readonly everyMs?: number;
}

const EVERY_MS = 500;
const MAX_CONNECTIONS = 4000;
const PIPE = /^p\d+\.sock$/;

/** Ports at which the proxy takes plaintext by a pipe in this folder, out of Envoy's `/listeners`: a node's proxy has those of others, too. */
export function pipesIn(text: string, folder: string): ReadonlyMap<number, string> {
  const found = [...text.matchAll(/^plaintext:(\d+)\S*?::(\/\S+)$/gm)].filter(([, , pipe = '']) => pipe.startsWith(`${folder}/`));
  return new Map(found.map(([, port, pipe = '']) => [Number(port), pipe]));
}

/** Doors for plaintext, one per port that the proxy takes it for. */
export class PlaintextDoors {
  readonly #options: PlaintextOptions;
  readonly #ending = new AbortController();
  readonly #doors = new Map<number, Server>();
  readonly #told = new Set<number>();
  #watching: Promise<void> = Promise.resolve();

  private constructor(options: PlaintextOptions) {
    this.#options = options;
  }

  static open(options: PlaintextOptions): PlaintextDoors {
    const doors = new PlaintextDoors(options);
    doors.#watching = doors.#watch();
    return doors;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#look();
      await pause(this.#options.everyMs ?? EVERY_MS, signal);
    }
  }

  async #look(): Promise<void> {
    const wanted = await this.#wanted();
    if (wanted === undefined || this.#ending.signal.aborted) return;
    for (const [port, door] of this.#doors) {
      if (wanted.has(port)) continue;
      door.close();
      this.#doors.delete(port);
    }
    for (const [port, pipe] of wanted) if (!this.#doors.has(port)) await this.#openDoor(port, pipe);
  }

  /** Undefined when Envoy does not answer: then nothing changes. A proxy that never took plaintext has no pipe for it, and is not asked. */
  async #wanted(): Promise<ReadonlyMap<number, string> | undefined> {
    const { folder, adminSocket } = this.#options;
    if (this.#doors.size === 0 && !names(folder).some((name) => PIPE.test(name))) return undefined;
    const answer = await getOverUnix(adminSocket(), '/listeners', 1000);
    return answer?.status === 200 ? pipesIn(answer.body, folder) : undefined;
  }

  async #openDoor(port: number, pipe: string): Promise<void> {
    const { address, tell } = this.#options;
    try {
      this.#doors.set(port, await openInbound({ host: address, port }, pipe, { counts: noCounts(), maxConnections: MAX_CONNECTIONS }));
      this.#told.delete(port);
      tell(`plaintext is let in on ${address}:${port}, because a MutualTLSPolicy says so`);
    } catch (error) {
      if (!this.#told.has(port))
        tell(
          `plaintext is to be let in on ${address}:${port}, but the port cannot be opened: ${wordsOf(error)}\n  callers can use the port of the proxy instead`,
        );
      this.#told.add(port);
    }
  }

  /** No new connections; those that are open stay. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#watching;
    for (const door of this.#doors.values()) door.close();
    this.#doors.clear();
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
