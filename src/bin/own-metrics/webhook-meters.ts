// What the API server's questions came to, by webhook and answer, and how long each took.
import { type Family, Histogram } from '../../base/index.ts';

/** `refused`: it was no question, or not the API server's; `failed`: the API server did what its configuration says of failures. */
export type WebhookAnswer = 'allowed' | 'denied' | 'failed' | 'refused';

const ANSWERED_MS = [1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000];
const MS = 0.001;

export class WebhookMeters {
  readonly #answers = new Map<string, Map<WebhookAnswer, number>>();
  readonly #times = new Map<string, Histogram>();
  #handshakes = 0;

  answered(webhook: string, ms: number, how: WebhookAnswer): void {
    const answers = this.#answers.get(webhook) ?? new Map<WebhookAnswer, number>();
    answers.set(how, (answers.get(how) ?? 0) + 1);
    this.#answers.set(webhook, answers);
    if (how === 'refused') return;
    const times = this.#times.get(webhook) ?? new Histogram(ANSWERED_MS);
    times.observe(ms);
    this.#times.set(webhook, times);
  }

  handshakeFailed(): void {
    this.#handshakes++;
  }

  families(): readonly Family[] {
    return [
      {
        type: 'counter',
        name: 'weft_webhook_answers_total',
        help: 'Questions of the API server, by webhook and by what it was answered.',
        samples: [...this.#answers].flatMap(([webhook, answers]) => [...answers].map(([answer, value]) => ({ labels: { webhook, answer }, value }))),
      },
      {
        type: 'histogram',
        name: 'weft_webhook_seconds',
        help: 'Questions of the API server until they were answered, by webhook.',
        series: [...this.#times].map(([webhook, histogram]) => ({ labels: { webhook }, histogram, scale: MS })),
      },
      {
        type: 'counter',
        name: 'weft_webhook_handshakes_failed_total',
        help: 'Connections to the webhooks that came to no TLS: their certificate is not trusted there, or the other end has none that is trusted here.',
        samples: [{ value: this.#handshakes }],
      },
    ];
  }
}
