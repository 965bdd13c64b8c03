// The proxies of bench/telemetry-store.ts, in a process of their own, so that what they take of memory is not the store's. Each question is a step.
import { metricsMessage, sourceTags } from '../test/kit/otlp-metrics.ts';

export interface StepQuestion {
  readonly now: number;
  readonly began: number;
  /** Requests of each kind of answer of each proxy, so far. */
  readonly count: number;
  readonly proxies: number;
  readonly kinds: number;
}

function message(proxy: number, { now, began, count, kinds }: StepQuestion): Uint8Array {
  return metricsMessage(
    now,
    (now - began) / 1000,
    Array.from({ length: kinds }, (_, kind) => ({
      tags: sourceTags(`svc-${(proxy * 7 + kind) % 100}`, kind % 9 === 8 ? '503' : '200', { route_name: `shop/r/${kind}` }),
      requests: count,
      ms: 1 + ((kind * 13) % 300),
    })),
  );
}

process.on('message', (question: StepQuestion) => {
  process.send?.(Array.from({ length: question.proxies }, (_, proxy) => message(proxy, question)));
});
