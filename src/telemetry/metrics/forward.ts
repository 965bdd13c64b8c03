// The counters of all proxies, pushed to a collector that the operator names. They are whole counts: a push that is not taken is made good by the next.
import { type OtlpSender, openOtlpSender, wordsOf } from '../otlp/sender.ts';
import type { ExportTarget } from '../otlp/target.ts';

export interface ForwardPorts {
  /** Nobody without. */
  readonly target: ExportTarget | undefined;
  /** The message that is to be sent now. */
  message(): Promise<Uint8Array>;
  log(level: 'info' | 'warn', message: string, details: Readonly<Record<string, unknown>>): void;
}

export const FORWARD_MS = 15_000;

export interface Forwarded {
  readonly sent: number;
  readonly failed: number;
  /** Why the last one failed; empty when it did not. */
  readonly trouble: string;
}

/** Pushes every 15 s, one after the other. A failure is told when it begins and when it is over. */
export class Forwarder implements AsyncDisposable {
  readonly #ports: ForwardPorts;
  #sender: OtlpSender | undefined;
  readonly #timer: NodeJS.Timeout;
  #sending: Promise<void> | undefined;
  #state: Forwarded = { sent: 0, failed: 0, trouble: '' };

  constructor(ports: ForwardPorts, everyMs = FORWARD_MS) {
    this.#ports = ports;
    this.retarget(ports.target);
    this.#timer = setInterval(() => void this.push(), everyMs).unref();
  }

  /** Undefined without a collector. */
  get state(): Forwarded | undefined {
    return this.#sender === undefined ? undefined : this.#state;
  }

  get endpoint(): string {
    return this.#sender?.endpoint ?? '';
  }

  retarget(target: ExportTarget | undefined): void {
    this.#sender?.close();
    this.#sender = target === undefined ? undefined : openOtlpSender('metrics', target);
    this.#state = { ...this.#state, trouble: '' };
  }

  /** Never rejects. While one is under way there is no second. */
  push(): Promise<void> {
    this.#sending ??= this.#push().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #push(): Promise<void> {
    const { sent, failed, trouble } = this.#state;
    const sender = this.#sender;
    if (sender === undefined) return;
    try {
      await sender.send(await this.#ports.message());
      if (trouble !== '') this.#ports.log('info', 'the collector takes metrics again', {});
      this.#state = { sent: sent + 1, failed, trouble: '' };
    } catch (error) {
      const words = wordsOf(error);
      if (trouble === '') this.#ports.log('warn', 'metrics cannot be pushed to the collector', { error: words });
      this.#state = { sent, failed: failed + 1, trouble: words };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.push();
    this.#sender?.close();
  }
}
