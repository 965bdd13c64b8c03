// The counters of all proxies, pushed to a collector that the operator names. They are whole counts: a push that is not taken is made good by the next.
import { type BytesClient, openBytesClient } from '../../wire/index.ts';

export interface ForwardTarget {
  /** `http(s)://HOST:4318`, or `grpc(s)://HOST:4317`. */
  readonly endpoint: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ForwardPorts {
  readonly target: ForwardTarget;
  /** The message that is to be sent now. */
  message(): Promise<Uint8Array>;
  log(level: 'info' | 'warn', message: string, details: Readonly<Record<string, unknown>>): void;
}

export const FORWARD_MS = 15_000;
const DEADLINE_MS = 10_000;
const PATH = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';

export interface Forwarded {
  readonly sent: number;
  readonly failed: number;
  /** Why the last one failed; empty when it did not. */
  readonly trouble: string;
}

type Send = (bytes: Uint8Array) => Promise<void>;

function overHttp(endpoint: string, headers: Readonly<Record<string, string>>): Send {
  return async (bytes) => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf', ...headers },
      body: Buffer.from(bytes),
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${endpoint} answers ${answer.status}`);
  };
}

/** A URL without a path is that of a collector as a whole (OTLP exporter specification). */
function senderOf({ endpoint, headers = {} }: ForwardTarget): { readonly send: Send; readonly close: () => void } {
  const url = new URL(endpoint);
  if (url.protocol.startsWith('grpc')) {
    const client: BytesClient = openBytesClient({ address: url.host, tls: url.protocol === 'grpcs:', headers });
    return { send: async (bytes) => void (await client.call(PATH, bytes, DEADLINE_MS)), close: () => client.close() };
  }
  if (url.pathname === '/') url.pathname = '/v1/metrics';
  return { send: overHttp(url.href, headers), close: () => undefined };
}

/** Pushes every 15 s, one after the other. A failure is told when it begins and when it is over. */
export class Forwarder implements AsyncDisposable {
  readonly #ports: ForwardPorts;
  readonly #sender: ReturnType<typeof senderOf>;
  readonly #timer: NodeJS.Timeout;
  #sending: Promise<void> | undefined;
  #state: Forwarded = { sent: 0, failed: 0, trouble: '' };

  constructor(ports: ForwardPorts, everyMs = FORWARD_MS) {
    this.#ports = ports;
    this.#sender = senderOf(ports.target);
    this.#timer = setInterval(() => void this.push(), everyMs).unref();
  }

  get state(): Forwarded {
    return this.#state;
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
    try {
      await this.#sender.send(await this.#ports.message());
      if (trouble !== '') this.#ports.log('info', 'the collector takes metrics again', {});
      this.#state = { sent: sent + 1, failed, trouble: '' };
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (trouble === '') this.#ports.log('warn', 'metrics cannot be pushed to the collector', { error: words });
      this.#state = { sent, failed: failed + 1, trouble: words };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.push();
    this.#sender.close();
  }
}
