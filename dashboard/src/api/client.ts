// The management API, as pages ask it. The types of the answers are src/api's; here is only how a page asks, and how a refusal reads.
import type { StatusView } from '../../../src/api/index.ts';
import { pageKey } from './page-key.ts';

/** A refusal or failure, in the words of the control plane. `status` 0: it was not reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: unknown;

  constructor(status: number, reason: string, message: string, details?: unknown) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }
}

export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PATCH' | 'PUT';
  /** Parameters; those that are undefined or empty are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Media type of the answer; JSON when it is left out. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

const isStatus = (value: unknown): value is StatusView => typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'Status';

function withQuery(path: string, query: Question['query'] = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

async function failure(response: Response): Promise<ApiError> {
  const value: unknown = await response.json().catch(() => undefined);
  if (isStatus(value)) return new ApiError(response.status, value.reason, value.message, value.details);
  return new ApiError(response.status, 'Unknown', `the control plane answered ${response.status}`);
}

/** The answer as it came. Throws ApiError; an aborted question throws as `fetch` does. */
export async function send(path: string, { method = 'GET', query, body, accept = 'application/json', signal }: Question = {}): Promise<Response> {
  const key = pageKey();
  const headers: Record<string, string> = { accept };
  if (key !== undefined) headers['x-weft-page'] = key;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal !== undefined) init.signal = signal;
  const response = await fetch(withQuery(path, query), init).catch((cause: unknown) => {
    if (signal?.aborted === true) throw cause;
    throw new ApiError(0, 'Unreachable', 'the control plane cannot be reached');
  });
  if (!response.ok) throw await failure(response);
  return response;
}

/** The JSON of an answer, as the contract in src/api says it is. Throws as `send` does. */
export async function ask<T>(path: string, question: Question = {}): Promise<T> {
  return (await (await send(path, question)).json()) as T;
}
