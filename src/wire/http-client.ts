import { type ErrorClass, WeftError } from '../base/index.ts';
import { GRPC, wireError } from './errors.ts';

export interface HttpClientOptions {
  /** `http://127.0.0.1:7400`, without a path. */
  readonly url: string;
  readonly token?: string;
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query, already encoded. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default `application/json`. */
  readonly contentType?: string;
  /** Default `application/json`. */
  readonly accept?: string;
  /** Until the whole answer is there. Default 30 s. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface HttpClient {
  /**
   * One request; the JSON of the answer. A refusal comes as WeftError: code from the reason of the Status object (`NotFound`
   * is `not-found`), its message, its HTTP status as class, its details. Nobody there: `unreachable`.
   */
  json(request: HttpRequest): Promise<unknown>;
  /** The same for an answer that is text. */
  text(request: HttpRequest): Promise<string>;
  /** A stream of JSON lines (a watch). Ends when the server ends it or the signal aborts; breaking off the loop closes it. */
  lines(request: HttpRequest): AsyncIterable<unknown>;
}

/** A client of a Kubernetes-shaped API over fetch. Holds no connection that would keep the process alive. */
export function openHttpClient(options: HttpClientOptions): HttpClient {
  return {
    json: async (request) => {
      const deadline = AbortSignal.timeout(request.deadlineMs ?? 30_000);
      const response = await send(options, request, request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]));
      return parse(await body(response, options.url), options.url);
    },
    text: async (request) => {
      const deadline = AbortSignal.timeout(request.deadlineMs ?? 30_000);
      return body(await send(options, { accept: '*/*', ...request }, deadline), options.url);
    },
    lines: (request) => lines(options, request),
  };
}

async function send(options: HttpClientOptions, request: HttpRequest, signal: AbortSignal | undefined): Promise<Response> {
  const init: RequestInit = {
    method: request.method ?? 'GET',
    redirect: 'error',
    headers: {
      accept: request.accept ?? 'application/json',
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    ...(signal === undefined ? {} : { signal }),
  };
  const response = await fetch(`${options.url}${request.path}`, init).catch((error: unknown) => {
    throw transportFailure(error, options.url);
  });
  if (!response.ok) throw refusal(response.status, await body(response, options.url));
  return response;
}

async function body(response: Response, url: string): Promise<string> {
  return response.text().catch((error: unknown) => {
    throw transportFailure(error, url);
  });
}

function parse(text: string, url: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wireError('protocol', `${url} answered something that is not JSON: is it the management API of a control plane?`, { details: { url }, cause: error });
  }
}

async function* lines(options: HttpClientOptions, request: HttpRequest): AsyncGenerator<unknown> {
  const stop = new AbortController();
  const signal = request.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, request.signal]);
  try {
    const response = await send(options, request, signal);
    let rest = '';
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      rest += text;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end).trim();
        rest = rest.slice(end + 1);
        if (line !== '') yield parse(line, options.url);
      }
    }
    if (rest.trim() !== '') yield parse(rest, options.url);
  } catch (error) {
    if (request.signal?.aborted === true) return;
    throw error instanceof WeftError ? error : transportFailure(error, options.url);
  } finally {
    stop.abort();
  }
}

function transportFailure(error: unknown, url: string): WeftError {
  const name = error instanceof Error ? error.name : '';
  if (name === 'TimeoutError') return wireError('deadline-exceeded', `no answer from ${url} in time`, { details: { url }, cause: error });
  if (name === 'AbortError') return wireError('closing', 'the request was abandoned', { details: { url }, cause: error });
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const words = cause instanceof AggregateError ? (cause.errors[0] as Error).message : cause instanceof Error ? cause.message : String(cause);
  return wireError('unreachable', `cannot reach ${url}: ${words}`, { details: { url }, cause: error });
}

const GRPC_OF: Readonly<Record<number, number>> = {
  400: GRPC.invalidArgument,
  401: GRPC.unauthenticated,
  403: GRPC.permissionDenied,
  404: GRPC.notFound,
  409: GRPC.aborted,
  410: GRPC.outOfRange,
  422: GRPC.invalidArgument,
  429: GRPC.resourceExhausted,
  503: GRPC.unavailable,
  504: GRPC.deadlineExceeded,
};

/**
 * What a Kubernetes-shaped server said no with: `http` its status, `text` its body, by rights a Status object. The code is the Status'
 * reason in kebab case (`NotFound` is `not-found`), or `refused`; the details are the Status' and `http`.
 */
export function refusal(http: number, text: string): WeftError {
  const kind: ErrorClass = { retryable: http === 429 || http === 503, grpc: GRPC_OF[http] ?? GRPC.unknown, http };
  const status = statusOf(text);
  if (status === undefined)
    return new WeftError('refused', kind, `the server answered ${http}${text === '' ? '' : `: ${text.slice(0, 200)}`}`, { details: { http } });
  const code = status.reason.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return new WeftError(code === '' ? 'refused' : code, kind, status.message, { details: { http, ...status.details } });
}

function statusOf(text: string): { reason: string; message: string; details: Readonly<Record<string, unknown>> } | undefined {
  try {
    const value = JSON.parse(text) as { kind?: unknown; reason?: unknown; message?: unknown; details?: unknown } | null;
    if (value?.kind !== 'Status' || typeof value.message !== 'string') return undefined;
    const details = typeof value.details === 'object' && value.details !== null ? (value.details as Record<string, unknown>) : {};
    return { reason: typeof value.reason === 'string' ? value.reason : '', message: value.message, details };
  } catch {
    return undefined;
  }
}
