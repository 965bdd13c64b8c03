// What the listening thread does: reads what proxies tell, and finds out whose taps it is for.
import type { TapRequest } from '../api/index.ts';
import { decodeRecords, decodeTapped, type LoggedRequest, type TappedRequest, WORKLOAD_TAG } from '../envoy/index.ts';
import { type LogPlace, type LogRule, lineOf, wants } from './access-log.ts';
import { Budget } from './budget.ts';
import type { LogWriter } from './log-writer.ts';
import { headersOf, tapRequest } from './tap-event.ts';
import { matches, type TapMatch, type TapRole } from './tap-match.ts';
import type { Heard, ToListener } from './tap-protocol.ts';
import { whose } from './whose.ts';

interface Tap {
  readonly match: TapMatch;
  readonly budget: Budget;
  requests: TapRequest[];
  dropped: number;
}

type Take = ToListener & { readonly kind: 'take' };

export class Listening {
  readonly #taps = new Map<number, Tap>();
  readonly #now: () => number;
  readonly #writer: Pick<LogWriter, 'add'>;
  readonly #send: (event: TapRequest) => void;

  /** `send`: to the collector of the mesh. */
  constructor(now: () => number, writer: Pick<LogWriter, 'add'>, send: (event: TapRequest) => void) {
    this.#send = send;
    this.#now = now;
    this.#writer = writer;
  }

  open(id: number, match: TapMatch): void {
    const budget = new Budget({ perSecond: match.maxRps, burst: match.maxRps }, this.#now());
    this.#taps.set(id, { match, budget, requests: [], dropped: 0 });
  }

  close(id: number): void {
    this.#taps.delete(id);
  }

  /** Bytes that are no message are nobody's request. */
  take(message: Take): void {
    for (const entry of entriesOf(message)) {
      const { sender, roles, rules } = whose(message.teller, entry.tags[WORKLOAD_TAG]);
      const event = tapRequest(message.side, entry, sender);
      for (const [id, tap] of this.#taps) this.#offer(tap, { event, entry, message, role: roles.get(id) });
      if (rules.length > 0) this.#log(event, entry, rules);
    }
  }

  /** Where all is told by a log of its own, records would tell some of it twice. */
  #offer(tap: Tap, { event, entry, message, role }: Offer): void {
    if ((role === undefined) !== (message.log === 'records') || !matches(tap.match, role, event)) return;
    if (tap.budget.take(1, this.#now()) === 0) tap.dropped++;
    else tap.requests.push(tap.match.headers ? { ...event, ...headersOf(entry) } : event);
  }

  /** Once for each place, however many rules want it there. */
  #log(event: TapRequest, entry: Offer['entry'], rules: readonly LogRule[]): void {
    const wanting = rules.filter((rule) => wants(rule, event));
    const places = new Map(wanting.flatMap(({ to }) => to.map((place) => [placeKey(place), place] as const)));
    for (const [key, place] of places) {
      const names = wanting.filter(({ to }) => to.some((each) => placeKey(each) === key)).flatMap(({ headers }) => headers);
      const line = names.length === 0 ? event : withHeaders(event, entry, names);
      if (place.type === 'OTLP') this.#send(line);
      else this.#writer.add(place, namespaceOf(event), lineOf(line, place.format));
    }
  }

  /** What was heard since the last time. */
  drain(): readonly Heard[] {
    const heard: Heard[] = [];
    for (const [id, tap] of this.#taps) {
      if (tap.requests.length === 0 && tap.dropped === 0) continue;
      heard.push({ tap: id, requests: tap.requests, dropped: tap.dropped });
      tap.requests = [];
      tap.dropped = 0;
    }
    return heard;
  }
}

const placeKey = ({ type, path }: LogPlace): string => `${type} ${path}`;

/** With those headers of the request that are named, where it has them. */
function withHeaders(event: TapRequest, entry: Offer['entry'], names: readonly string[]): TapRequest {
  const { requestHeaders } = headersOf(entry);
  if (requestHeaders === undefined) return event;
  return { ...event, requestHeaders: Object.fromEntries(Object.entries(requestHeaders).filter(([name]) => names.includes(name))) };
}

/** Of the workload or gateway whose proxy tells. */
const namespaceOf = ({ proxy }: TapRequest): string => proxy.split('/', 1)[0] ?? '';

interface Offer {
  readonly event: TapRequest;
  readonly entry: LoggedRequest & Partial<TappedRequest>;
  readonly message: Take;
  readonly role: TapRole | undefined;
}

function entriesOf({ log, bytes }: Take): readonly (LoggedRequest & Partial<TappedRequest>)[] {
  try {
    if (log === 'tapped') return decodeTapped(bytes);
    return decodeRecords(bytes).entries.flatMap((entry) => (entry.kind === 'request' ? [entry] : []));
  } catch {
    return [];
  }
}
