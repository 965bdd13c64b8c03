// What the tests of stores share: a clock that is moved by hand, documents, and reading a watch.
import type { Clock } from '../../src/base/index.ts';
import type { Document } from '../../src/model/index.ts';
import type { Store, StoreEvent, Write, WriteFailure } from '../../src/store/index.ts';

export interface HandClock extends Clock {
  advance(ms: number): void;
}

/** Stands still until `advance`, which fires what is due, in order. */
export function handClock(start = Date.UTC(2026, 0, 2, 3, 4, 5)): HandClock {
  let elapsed = 0;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    now: () => start + elapsed,
    monotonic: () => elapsed,
    after(delayMs, callback) {
      const timer = { at: elapsed + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      elapsed += ms;
      for (const timer of [...timers].sort((a, b) => a.at - b.at)) {
        if (timer.at > elapsed || !timers.delete(timer)) continue;
        timer.callback();
      }
    },
  };
}

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

export function route(name: string, spec: Record<string, unknown> = {}, namespace = 'shop'): Document {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name, namespace, labels: {}, annotations: {} }, spec };
}

export function service(name: string, spec: Record<string, unknown> = {}, namespace = 'shop'): Document {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, labels: {}, annotations: {} }, spec };
}

export const put = (document: Document, expect?: string): Write => (expect === undefined ? { kind: 'put', document } : { kind: 'put', document, expect });

/** Writes and insists that it was accepted. */
export async function accepted(store: Store, ...writes: readonly Write[]): Promise<readonly Document[]> {
  const result = await store.write(writes, 'test');
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** Writes and insists that it was refused. */
export async function refused(store: Store, ...writes: readonly Write[]): Promise<WriteFailure> {
  const result = await store.write(writes, 'test');
  if (result.ok) throw new Error('the write was accepted');
  return result.error;
}

/** The next `count` events of a watch. */
export async function take(events: AsyncIterator<StoreEvent>, count: number): Promise<readonly StoreEvent[]> {
  const taken: StoreEvent[] = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

export const said = (event: StoreEvent): string =>
  event.kind === 'bookmark'
    ? `bookmark ${event.revision}`
    : `${event.kind} ${event.document.metadata.name} ${event.revision}${event.kind === 'put' && event.created ? ' created' : ''}`;
