import type { Clock } from '../base/index.ts';
import { type DocumentKey, documentKey, type ModelEvent, sameContent, splitDocumentKey } from '../model/index.ts';
import type { Counters } from './counters.ts';
import type { Documents } from './documents.ts';
import type { Meters } from './meters.ts';
import { type Pace, Pacer } from './pacer.ts';
import type { ResourceEvent } from './ports.ts';
import type { PushTraces } from './push-traces.ts';

export interface InboxOptions {
  readonly clock: Clock;
  readonly pace: Pace;
  readonly counters: Counters;
  readonly meters: Meters;
  readonly documents: Documents;
  /** Every push but the first is traced. */
  readonly traces: Pick<PushTraces, 'begin'>;
  /** The source has told of the document, whether or not its content is another one. */
  told(key: DocumentKey, event: ResourceEvent): void;
  /** What of an event may go into the mesh now; undefined when it has to wait elsewhere. */
  admit(key: DocumentKey, event: ResourceEvent): ModelEvent | undefined;
  run(events: readonly ModelEvent[]): void;
}

/** What the source says, until it is in force: the newest of each document waits here for its batch, and what changes no content not at all. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #pacer: Pacer;
  readonly #pending = new Map<DocumentKey, ResourceEvent>();
  /** Of the oldest event that waits, monotonic. */
  #since: number | undefined;
  #paced = false;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#pacer = new Pacer(options.clock, () => this.push(), options.pace);
  }

  /** Notes what the source says; what is no change of content (a status, a lease) costs nothing more. */
  take(events: readonly ResourceEvent[]): void {
    const { counters, meters, documents, clock } = this.#options;
    let urgency: 'endpoints' | 'configuration' | undefined;
    for (const event of events) {
      counters.events++;
      const document = event.kind === 'put' ? event.document : undefined;
      const key = event.kind === 'put' ? documentKey(event.document) : event.key;
      const before = documents.get(key);
      documents.told(key, document);
      this.#options.told(key, event);
      if (sameContent(before, document)) continue;
      this.#pending.set(key, event);
      this.#since ??= clock.monotonic();
      if (urgency !== 'endpoints') urgency = splitDocumentKey(key).kind === 'Workload' ? 'endpoints' : 'configuration';
    }
    if (urgency === undefined || !this.#paced) return;
    meters.triggers[urgency]++;
    this.#pacer.changed(urgency);
  }

  /** From now on what is taken comes into force by itself, at the pacer's pace; until then only by `push`. */
  pace(): void {
    this.#paced = true;
  }

  /** Puts into force what waits. */
  push(): void {
    if (this.#pending.size === 0) return;
    const { clock, meters, traces, admit, run } = this.#options;
    const since = this.#since ?? clock.monotonic();
    this.#since = undefined;
    meters.changedAt = since;
    meters.queue.observe(clock.monotonic() - since);
    if (this.#paced) meters.push = traces.begin(since, [...this.#pending.keys()]);
    const events = [...this.#pending].flatMap(([key, event]) => admit(key, event) ?? []);
    this.#pending.clear();
    run(events);
    meters.push?.announced();
    meters.push = undefined;
    meters.changedAt = undefined;
  }

  /** Something of the document is not in force yet. */
  holds(key: DocumentKey): boolean {
    return this.#pending.has(key);
  }

  close(): void {
    this.#pacer.close();
  }
}
