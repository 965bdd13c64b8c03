// What proxies told one by one (entries of logs, spans) and never arrived: while nobody listens Envoy drops what it cannot send, and counts it; what was on
// its way when a connection broke it believes to have sent. Its counters come with its numbers and are compared with what has come.
import type { UndeliveredView } from '../../api/index.ts';
import { type MetricPoint, PROXY_METRICS } from '../../envoy/index.ts';
import type { Arrived } from '../arrivals.ts';

interface Sent extends Arrived {
  readonly at: number;
}

interface Proxy {
  /** What it had sent before anybody counted here. */
  readonly before: Arrived;
  /** As it said, oldest first: the first is so long ago that what it speaks of has come, or never will. */
  sent: readonly Sent[];
  dropped: Arrived;
  missing: Arrived;
}

/** Longer than a proxy keeps an entry or a span before it sends it. */
const SETTLED_MS = 4000;
const MOST_PROXIES = 20_000;
const SHOWN = 20;

const plus = (a: Arrived, b: Arrived): Arrived => ({ logs: a.logs + b.logs, spans: a.spans + b.spans });
const NOTHING: Arrived = { logs: 0, spans: 0 };

function counted(points: readonly MetricPoint[], logs: string, spans: string): Arrived {
  const of = (wanted: string): number => points.find(({ name }) => name === wanted)?.count ?? 0;
  return { logs: of(logs), spans: of(spans) };
}

export class Undelivered {
  readonly #proxies = new Map<string, Proxy>();
  /** Of proxies that are not followed any more. */
  #past: Arrived = NOTHING;

  /**
   * What a proxy says. `arrived`: what has come of it by now; undefined where others take what it tells as well. `fresh`: it has told nobody before.
   * `restarted`: its counters began again.
   */
  note(proxy: string, points: readonly MetricPoint[], moment: { readonly at: number; readonly arrived: Arrived | undefined; readonly fresh: boolean }): void {
    const { at, arrived, fresh } = moment;
    const dropped = counted(points, PROXY_METRICS.logsDropped, PROXY_METRICS.spansDropped);
    const sent = { at, ...counted(points, PROXY_METRICS.logsSent, PROXY_METRICS.spansSent) };
    const own = this.#of(proxy, fresh ? NOTHING : { logs: sent.logs - (arrived?.logs ?? 0), spans: sent.spans - (arrived?.spans ?? 0) });
    if (own === undefined) return;
    own.dropped = dropped;
    const all = [...own.sent, sent];
    const settled = all.findLastIndex((each) => each.at <= at - SETTLED_MS);
    own.sent = all.slice(Math.max(0, settled));
    const [then] = own.sent;
    if (arrived === undefined || settled < 0 || then === undefined) return;
    const gone = (signal: 'logs' | 'spans'): number => Math.max(0, then[signal] - own.before[signal] - arrived[signal]);
    own.missing = { logs: gone('logs'), spans: gone('spans') };
  }

  #of(proxy: string, before: Arrived): Proxy | undefined {
    const known = this.#proxies.get(proxy);
    if (known !== undefined || this.#proxies.size >= MOST_PROXIES) return known;
    const made: Proxy = { before, sent: [], dropped: NOTHING, missing: NOTHING };
    this.#proxies.set(proxy, made);
    return made;
  }

  /** The proxy has ended, or has begun anew: its counters say no more. */
  forget(proxy: string): void {
    const known = this.#proxies.get(proxy);
    if (known === undefined) return;
    this.#past = plus(this.#past, plus(known.dropped, known.missing));
    this.#proxies.delete(proxy);
  }

  view(): UndeliveredView {
    const each = [...this.#proxies].map(([proxy, { dropped, missing }]) => ({ proxy, ...plus(dropped, missing) }));
    const { logs, spans } = each.reduce(plus, this.#past);
    const proxies = each.filter((one) => one.logs + one.spans > 0).sort((a, b) => b.logs + b.spans - a.logs - a.spans);
    return { logs, spans, proxies: proxies.slice(0, SHOWN) };
  }
}
