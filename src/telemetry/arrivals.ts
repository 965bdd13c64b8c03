// How much of what proxies tell one by one has come, by proxy: what they say that they sent is more when something was lost on its way.
import { countLogEntries, countSpans } from '../envoy/index.ts';
import type { LogClaims, LogSink } from './door.ts';

export interface Arrived {
  readonly logs: number;
  readonly spans: number;
}

/** More are not followed; the one that was heard of longest ago is forgotten. */
const MOST_PROXIES = 20_000;
const NOTHING: Arrived = { logs: 0, spans: 0 };

export class Arrivals {
  readonly #proxies = new Map<string, Arrived>();

  /** What has come of a proxy, since this process began or since it was forgotten. */
  of(proxy: string): Arrived {
    return this.#proxies.get(proxy) ?? NOTHING;
  }

  #add(proxy: string, logs: number, spans: number): void {
    const before = this.of(proxy);
    this.#proxies.delete(proxy);
    this.#proxies.set(proxy, { logs: before.logs + logs, spans: before.spans + spans });
    if (this.#proxies.size <= MOST_PROXIES) return;
    for (const oldest of this.#proxies.keys()) return void this.#proxies.delete(oldest);
  }

  spans({ proxy }: LogClaims, bytes: Uint8Array): void {
    this.#add(proxy, 0, countSpans(bytes));
  }

  /** The same sink, whose entries are counted as they come, whatever becomes of them. */
  counting(sink: LogSink): LogSink {
    return {
      takes: (log) => sink.takes(log),
      refuses: (claims) => sink.refuses(claims),
      take: (log, claims, bytes) => {
        this.#add(claims.proxy, countLogEntries(bytes), 0);
        sink.take(log, claims, bytes);
      },
    };
  }
}
