import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { wireError } from './errors.ts';
import { refusal } from './http-client.ts';

export interface PeerClientOptions {
  /** `https://10.1.2.3:7400`; the certificate there is good for `serverName`, whatever the address. */
  readonly url: string;
  readonly serverName: string;
  /** Trust anchors, PEM; asked for at every request. */
  readonly rootPem: () => string;
  readonly token: string;
}

export interface PeerRequest {
  readonly path: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export interface PeerClient {
  /** The JSON of the answer. Throws WeftError as `openHttpClient` does. */
  json(request: PeerRequest): Promise<unknown>;
  /** A stream of JSON lines; `deadlineMs` is until it begins. Ends when the server ends it or the signal aborts. */
  lines(request: PeerRequest): AsyncIterable<unknown>;
}

/** A client of another replica's management API, found by its address and recognised by the mesh's own roots. */
export function openPeerClient(options: PeerClientOptions): PeerClient {
  return {
    json: async (asked) => {
      const text = await textOf(await send(options, asked, true), options.url);
      return parsed(text, options.url);
    },
    async *lines(asked) {
      const answer = await send(options, asked, false);
      let rest = '';
      answer.setEncoding('utf8');
      for await (const text of answer as AsyncIterable<string>) {
        rest += text;
        for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
          const line = rest.slice(0, end).trim();
          rest = rest.slice(end + 1);
          if (line !== '') yield parsed(line, options.url);
        }
      }
    },
  };
}

/** The beginning of the answer; with `whole` the deadline is until its end. */
async function send(
  { url, serverName, rootPem, token }: PeerClientOptions,
  { path, deadlineMs, signal }: PeerRequest,
  whole: boolean,
): Promise<IncomingMessage> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(wireError('deadline-exceeded', `no answer from ${url} in time`, { details: { url } })), deadlineMs);
  const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  // The API answers to its own names alone: by address it would be a browser that was lured.
  const headers = { host: 'localhost', accept: 'application/json', authorization: `Bearer ${token}` };
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = url.startsWith('https:')
        ? secure(`${url}${path}`, { headers, signal: either, ca: rootPem(), servername: serverName, minVersion: 'TLSv1.3', agent: false })
        : plain(`${url}${path}`, { headers, signal: either, agent: false });
      asked.once('response', resolve);
      asked.once('error', (error) => reject(failure(error, { url, signal: either })));
      asked.end();
    });
    if (whole) answer.once('close', () => clearTimeout(timer));
    else clearTimeout(timer);
    const status = answer.statusCode ?? 0;
    if (status < 200 || status > 299) throw refusal(status, await textOf(answer, url));
    return answer;
  } catch (error) {
    clearTimeout(timer);
    throw error;
  }
}

function failure(error: Error, { url, signal }: { readonly url: string; readonly signal: AbortSignal }): Error {
  if (signal.aborted && signal.reason instanceof Error && signal.reason.name === 'WeftError') return signal.reason;
  if (signal.aborted) return wireError('closing', 'the request was abandoned', { details: { url }, cause: error });
  return wireError('unreachable', `cannot reach ${url}: ${error.message}`, { details: { url }, cause: error });
}

async function textOf(answer: IncomingMessage, url: string): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  try {
    for await (const part of answer as AsyncIterable<string>) text += part;
  } catch (error) {
    throw wireError('unreachable', `${url} broke off its answer`, { details: { url }, cause: error });
  }
  return text;
}

function parsed(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wireError('protocol', `${url} answered something that is not JSON`, { details: { url }, cause: error });
  }
}
