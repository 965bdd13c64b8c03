// Bytes to and from one API server: connections that are kept, TLS, who we are, and streams that are watched for silence.

import { type IncomingMessage, Agent as PlainAgent, request as sendPlain } from 'node:http';
import { Agent, type RequestOptions, request as send } from 'node:https';
import { WeftError } from '../base/index.ts';
import { refusal } from '../wire/index.ts';
import type { KubeConfig } from './config/config.ts';
import { type Credential, Credentials } from './config/credentials.ts';
import { kubeError } from './errors.ts';

export interface KubeRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Begins with a slash, already encoded, without a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** Until the whole answer is there; for a stream: until its head is. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface StreamRequest extends KubeRequest {
  /** A stream that says nothing for so long has ended, whatever its connection looks like. */
  readonly silenceMs: number;
}

const DEADLINE_MS = 30_000;
/** A server that is gone without a word is noticed by TCP. */
const KEEP_ALIVE_MS = 15_000;
/** Of requests; a stream has a socket for as long as it lasts, and there is one for every type that is followed and every Secret that is named. */
const MOST_SOCKETS = 64;
/** The largest object etcd takes is 1.5 MB; a page of a list is far below this. */
const MOST_BYTES = 256 * 1024 * 1024;
const MOST_LINE = 16 * 1024 * 1024;

export class Transport implements Disposable {
  readonly #config: KubeConfig;
  readonly #credentials: Credentials;
  readonly #agent: Agent | PlainAgent;
  /** Streams stand in nobody's way: a lease is renewed, and a token asked about, however many there are. */
  readonly #streams: Agent | PlainAgent;
  readonly #secure: boolean;

  /** `now`: wall clock, ms. */
  constructor(config: KubeConfig, now: () => number = Date.now) {
    this.#config = config;
    this.#credentials = new Credentials(config, now);
    this.#secure = config.server.startsWith('https:');
    const keep = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS };
    const agent = (most: object): Agent | PlainAgent => (this.#secure ? new Agent({ ...keep, ...most }) : new PlainAgent({ ...keep, ...most }));
    this.#agent = agent({ maxSockets: MOST_SOCKETS });
    this.#streams = agent({});
  }

  /** One request; the JSON of its answer. Throws WeftError: `unreachable`, `protocol`, `no-credential`, or what the server's Status says. */
  async json(request: KubeRequest): Promise<unknown> {
    const response = await this.#open(request, request.deadlineMs ?? DEADLINE_MS);
    const text = await textOf(response, this.#config.server);
    try {
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    } catch (cause) {
      throw kubeError('protocol', `${this.#config.server} answered something that is not JSON`, { cause });
    }
  }

  /** A stream of JSON, one value a line. Ends when the server ends it; throws when it breaks off, falls silent or cannot be read. */
  async *lines(request: StreamRequest): AsyncGenerator<unknown> {
    const response = await this.#open(request, request.deadlineMs ?? DEADLINE_MS);
    response.setTimeout(request.silenceMs, () => response.destroy(kubeError('unreachable', `a stream of ${this.#config.server} has fallen silent`)));
    response.setEncoding('utf8');
    let rest = '';
    try {
      for await (const piece of response as AsyncIterable<string>) {
        rest += piece;
        if (rest.length > MOST_LINE) throw kubeError('protocol', `a line of a stream of ${this.#config.server} is too long`);
        const parts = rest.split('\n');
        rest = parts.pop() ?? '';
        for (const line of parts) if (line !== '') yield parsed(line, this.#config.server);
      }
      if (rest.trim() !== '') yield parsed(rest, this.#config.server);
    } catch (error) {
      throw error instanceof WeftError ? error : failure(error, this.#config.server);
    } finally {
      response.destroy();
    }
  }

  /** Resolves with the head of an answer that is no refusal. */
  async #open(request: KubeRequest, deadlineMs: number): Promise<IncomingMessage> {
    request.signal?.throwIfAborted();
    const response = await this.#send(request, await this.#credentials.current(), deadlineMs);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    if (status === 401) this.#credentials.forget();
    throw refusal(status, await textOf(response, this.#config.server));
  }

  #send(request: KubeRequest, credential: Credential, deadlineMs: number): Promise<IncomingMessage> {
    const { server } = this.#config;
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    return new Promise((resolve, reject) => {
      const url = new URL(`${server}${request.path}${queryOf(request.query)}`);
      const call = this.#secure
        ? send(url, { ...this.#options(request, credential, body), ...this.#tls(credential) })
        : sendPlain(url, this.#options(request, credential, body));
      const timer = setTimeout(() => call.destroy(kubeError('unreachable', `${server} does not answer within ${deadlineMs} ms`)), deadlineMs);
      call.once('close', () => clearTimeout(timer));
      call.once('error', (error) => reject(error instanceof WeftError ? error : failure(error, server)));
      call.once('response', (response) => {
        // A stream goes on for as long as its silence allows; anything else is to be whole in time.
        if ('silenceMs' in request) clearTimeout(timer);
        resolve(response);
      });
      call.end(body);
    });
  }

  #options(request: KubeRequest, { token }: Credential, body: string | undefined): RequestOptions {
    return {
      agent: 'silenceMs' in request ? this.#streams : this.#agent,
      method: request.method ?? 'GET',
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      headers: {
        accept: 'application/json, application/jwk-set+json',
        'user-agent': 'weft',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
    };
  }

  #tls({ certificate }: Credential): RequestOptions {
    const { ca, serverName, insecure } = this.#config;
    return {
      minVersion: 'TLSv1.2',
      rejectUnauthorized: !insecure,
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      ...(certificate ?? {}),
    };
  }

  /** Ends every connection. */
  [Symbol.dispose](): void {
    this.#agent.destroy();
    this.#streams.destroy();
  }
}

function queryOf(query: KubeRequest['query'] = {}): string {
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)] as [string, string]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function parsed(line: string, server: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw kubeError('protocol', `a stream of ${server} has a line that is not JSON`, { cause });
  }
}

async function textOf(response: IncomingMessage, server: string): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > MOST_BYTES) throw kubeError('protocol', `${server} answers with more than ${MOST_BYTES} bytes`);
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof WeftError ? error : failure(error, server);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function failure(error: unknown, server: string): WeftError {
  const words = error instanceof AggregateError ? String(error.errors[0]) : error instanceof Error ? error.message : String(error);
  return kubeError('unreachable', `cannot reach ${server}: ${words}`, { cause: error });
}
