// What happened to an object, where people look for it: `kubectl describe`, `kubectl events` (events.k8s.io/v1).
import { createHash } from 'node:crypto';
import { WeftError } from '../base/index.ts';
import type { KubeClient } from './client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from './resource-type.ts';

const EVENTS: ResourceType = { group: 'events.k8s.io', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };

export interface EventNote {
  /** What it is about, with its uid where it is known. */
  readonly regarding: { readonly type: ResourceType; readonly namespace?: string; readonly name: string; readonly uid?: string };
  readonly severity: 'Normal' | 'Warning';
  /** In CamelCase, for machines. */
  readonly reason: string;
  /** What was done, in CamelCase. */
  readonly action: string;
  /** For people; at most 1 kB is kept. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** `weft.dev/control-plane`. */
  readonly controller: string;
  readonly instance: string;
  readonly now?: () => number;
}

interface Series {
  readonly name: string;
  count: number;
  at: number;
}

/** The same thing again within this time is the same event with a higher count. */
const SERIES_MS = 10 * 60_000;
const MOST_SERIES = 1000;
const NOTE_CHARS = 1000;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #now: () => number;
  readonly #series = new Map<string, Series>();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Records it, or raises the count of the one that is there. Resolves with whether the server has it; never rejects for the server's sake. */
  async record(event: EventNote): Promise<boolean> {
    const now = this.#now();
    const id = JSON.stringify([event.regarding.type.kind, event.regarding.namespace, event.regarding.name, event.reason, event.action, event.note]);
    const known = this.#series.get(id);
    try {
      if (known !== undefined && now - known.at < SERIES_MS) {
        await this.#again(event, known, now);
        return true;
      }
      const name = `${event.regarding.name}.${createHash('sha256').update(`${id}${now}${this.#options.instance}`).digest('hex').slice(0, 16)}`;
      await this.#options.client.create(EVENTS, this.#first(event, name, now));
      this.#remember(id, { name, count: 1, at: now });
      return true;
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      this.#series.delete(id);
      return false;
    }
  }

  async #again({ regarding }: EventNote, series: Series, now: number): Promise<void> {
    series.count++;
    series.at = now;
    const patch = { series: { count: series.count, lastObservedTime: micro(now) } };
    await this.#options.client.merge(EVENTS, { namespace: regarding.namespace ?? 'default', name: series.name }, patch);
  }

  #remember(id: string, series: Series): void {
    this.#series.delete(id);
    this.#series.set(id, series);
    const oldest = this.#series.keys().next().value;
    if (this.#series.size > MOST_SERIES && oldest !== undefined) this.#series.delete(oldest);
  }

  #first({ regarding, severity, reason, action, note }: EventNote, name: string, now: number): KubeObject {
    const { type, namespace, uid } = regarding;
    return {
      metadata: { name, namespace: namespace ?? 'default' },
      eventTime: micro(now),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance,
      action,
      reason,
      type: severity,
      note: note.length > NOTE_CHARS ? `${note.slice(0, NOTE_CHARS - 1)}…` : note,
      regarding: {
        apiVersion: apiVersionOf(type),
        kind: type.kind,
        name: regarding.name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
      },
    };
  }
}

/** MicroTime, as events want it. */
function micro(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z');
}
