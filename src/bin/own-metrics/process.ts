// The process itself: memory, processor, garbage collection, event loop; names as every exporter has them.
import { readdirSync } from 'node:fs';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { Family, Sample } from '../../base/index.ts';
import type { Health } from '../health.ts';

const KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak',
};

interface GcEntry {
  readonly duration: number;
  readonly detail?: { readonly kind?: number };
}

/** Counts collections as long as it is open. */
export class Collections implements Disposable {
  readonly #seen = new Map<string, { count: number; ms: number }>(Object.values(KINDS).map((kind) => [kind, { count: 0, ms: 0 }]));
  readonly #observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries() as unknown as readonly GcEntry[]) {
      const seen = this.#seen.get(KINDS[detail?.kind ?? 0] ?? '');
      if (seen === undefined) continue;
      seen.count++;
      seen.ms += duration;
    }
  });

  static open(): Collections {
    const collections = new Collections();
    collections.#observer.observe({ entryTypes: ['gc'] });
    return collections;
  }

  samples(of: (seen: { readonly count: number; readonly ms: number }) => number): readonly Sample[] {
    return [...this.#seen].map(([kind, seen]) => ({ labels: { kind }, value: of(seen) }));
  }

  [Symbol.dispose](): void {
    this.#observer.disconnect();
  }
}

function openFiles(): readonly Sample[] {
  try {
    return [{ value: readdirSync('/proc/self/fd').length }];
  } catch {
    return [];
  }
}

const QUANTILES = [50, 90, 99] as const;

export function processFamilies(health: Pick<Health, 'loopDelayMs'>, collections: Collections): readonly Family[] {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({ type: 'gauge', name, help, samples });
  const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({ type: 'counter', name, help, samples });
  return [
    counter('process_cpu_seconds_total', 'Processor time of the process.', [{ value: (user + system) / 1e6 }]),
    gauge('process_resident_memory_bytes', 'Memory of the process that is in RAM.', [{ value: rss }]),
    gauge('process_start_time_seconds', 'When the process began, since 1970.', [{ value: Date.now() / 1000 - process.uptime() }]),
    gauge('process_open_fds', 'Open files and sockets.', openFiles()),
    gauge('weft_heap_bytes', 'JavaScript heap: used, reserved, and buffers outside of it.', [
      { labels: { space: 'used' }, value: heapUsed },
      { labels: { space: 'total' }, value: heapTotal },
      { labels: { space: 'external' }, value: external },
    ]),
    counter(
      'weft_gc_total',
      'Garbage collections.',
      collections.samples(({ count }) => count),
    ),
    counter(
      'weft_gc_seconds_total',
      'Time in which garbage was collected.',
      collections.samples(({ ms }) => ms / 1000),
    ),
    gauge(
      'weft_event_loop_delay_seconds',
      'What waits for its turn waits so long; of this minute.',
      QUANTILES.map((each) => ({ labels: { quantile: String(each / 100) }, value: health.loopDelayMs(each) / 1000 })),
    ),
  ];
}
