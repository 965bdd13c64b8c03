// Webhooks of an API server: HTTPS, one review at a time, nothing else. Whoever can reach the port may ask; what is answered is of what was sent,
// and of nothing that the asker could not read himself.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { beginsTls, Door, listenFailure, type TlsPair } from '../../wire/index.ts';
import { type AdmissionAnswer, type AdmissionRequest, answerReview, readReview } from './review.ts';

export type Admit = (request: AdmissionRequest) => AdmissionAnswer | Promise<AdmissionAnswer>;

export interface AdmissionServerOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  readonly tls: TlsPair;
  /** By path: `/inject`. */
  readonly hooks: Readonly<Record<string, Admit>>;
  /** Who may ask, by a certificate; whoever reaches the port, where absent. */
  readonly clients?: AdmissionClients;
  /** Told of every answer: for measurements. A path that nobody serves is `other`. */
  readonly answered?: (path: string, ms: number, how: 'allowed' | 'denied' | 'failed' | 'refused') => void;
  /** Told of connections that come to no TLS. */
  readonly handshakeFailed?: () => void;
  /** Told of exceptions; the API server does then what its configuration says of failures. */
  readonly onBug: (path: string, error: unknown) => void;
}

/** By what an API server is recognised (Kubernetes documentation: "Authenticate API servers" of dynamic admission control). */
export interface AdmissionClients {
  /** Trust anchors of its certificate, PEM. */
  readonly caPem: string;
  /** Common names that it may have; any when empty. */
  readonly names: readonly string[];
}

export interface AdmissionServer {
  readonly port: number;
  /** New connections get this certificate. */
  updateTls(tls: TlsPair): void;
  /** New connections are recognised by these. */
  updateClients(clients: AdmissionClients): void;
  close(): Promise<void>;
}

/** A review holds an object and the one before: twice what an API server takes (3 MiB), and some. */
const MOST_BYTES = 7 * 1024 * 1024;
/** Less than webhook configurations give (5 s), so that the reason is told and not only that time was up. */
const ANSWER_MS = 4_500;
/** An API server lets idle connections go after 90 s: it does so before we do, and never sends into one that is closing. */
const KEEP_ALIVE_MS = 120_000;

type Context = { readonly cert: string; readonly key: string; readonly minVersion: 'TLSv1.2'; readonly ca?: string };
const contextOf = ({ certificatePem, keyPem }: TlsPair, clients: AdmissionClients | undefined): Context => ({
  cert: certificatePem,
  key: keyPem,
  minVersion: 'TLSv1.2',
  ...(clients === undefined ? {} : { ca: clients.caPem }),
});

/** Whose certificate was verified, as far as its name goes. */
function isOneOf(names: readonly string[], request: IncomingMessage): boolean {
  if (names.length === 0) return true;
  const common: unknown = (request.socket as TLSSocket).getPeerCertificate().subject?.CN;
  return typeof common === 'string' && names.includes(common);
}

/** Throws WeftError `address-in-use` when the port cannot be had. */
export async function serveAdmission(options: AdmissionServerOptions): Promise<AdmissionServer> {
  const limits = { handshakeTimeout: 5000, requestTimeout: 10_000, headersTimeout: 5000, maxHeaderSize: 16_384, keepAliveTimeout: KEEP_ALIVE_MS };
  let [tls, clients] = [options.tls, options.clients];
  const asked = clients === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  const server = createServer({ ...contextOf(tls, clients), ...asked, ...limits }, (request, response) => {
    void respond({ ...options, ...(clients === undefined ? {} : { clients }) }, request, response);
  });
  server.on('tlsClientError', () => options.handshakeFailed?.());
  const accept = server.listeners('connection');
  server.removeAllListeners('connection');
  const enter = (socket: Socket, first: Buffer): void => {
    if (beginsTls(first)) for (const listener of accept) listener.call(server, socket);
    else socket.destroy();
  };
  const door = new Door(enter, { mostSilent: 200, mostInside: 500, share: 0.1 });
  server.on('connection', (socket: Socket) => door.take(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(options.host, options.port, error)));
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    updateTls: (next) => {
      tls = next;
      server.setSecureContext(contextOf(tls, clients));
    },
    updateClients: (next) => {
      if (clients === undefined) return;
      clients = next;
      server.setSecureContext(contextOf(tls, clients));
    },
    close: async () => {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Refusal {
  readonly status: number;
  readonly words: string;
}

async function respond(options: AdmissionServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const hook = Object.hasOwn(options.hooks, path) ? options.hooks[path] : undefined;
  const began = performance.now();
  try {
    const answer = await answerOf(options, hook, request);
    if ('status' in answer) {
      options.answered?.(hook === undefined ? 'other' : path, performance.now() - began, answer.status >= 500 ? 'failed' : 'refused');
      return refuse(request, response, answer);
    }
    options.answered?.(path, performance.now() - began, answer.kind);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.review));
  } catch (error) {
    // The client went away, or it is a fault of ours.
    if (request.destroyed && !request.complete) return;
    options.answered?.(path, performance.now() - began, 'failed');
    options.onBug(path, error);
    refuse(request, response, { status: 500, words: 'the webhook failed; the log of the control plane says why' });
  }
}

/** So much of a body is read though nobody wants it. */
const LITTLE_BYTES = 64 * 1024;

function refuse({ complete, headers }: IncomingMessage, response: ServerResponse, { status, words }: Refusal): void {
  // Much that is still on its way is not waited for. Otherwise the connection stays: another handshake would cost more than the refusal.
  const ending = complete || Number(headers['content-length']) <= LITTLE_BYTES ? {} : { connection: 'close' };
  const text = `${words}\n`;
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text), ...ending }).end(text);
}

type Answer = Refusal | { readonly kind: 'allowed' | 'denied'; readonly review: object };

async function answerOf({ clients }: AdmissionServerOptions, hook: Admit | undefined, request: IncomingMessage): Promise<Answer> {
  if (clients !== undefined && !isOneOf(clients.names, request)) return { status: 403, words: 'WEFT2434: the certificate is not that of an API server' };
  return hook === undefined ? { status: 404, words: 'no such webhook' } : answerTo(hook, request);
}

async function answerTo(hook: Admit, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'POST') return { status: 405, words: 'reviews are posted' };
  const body = await bodyOf(request);
  if (body === undefined) return { status: 413, words: `a review has at most ${MOST_BYTES} bytes` };
  const asked = readReview(jsonOf(body));
  if (asked === undefined) return { status: 400, words: 'WEFT2433: that is no AdmissionReview of admission.k8s.io/v1' };
  const late = new AbortController();
  try {
    const answer = await Promise.race([hook(asked), setTimeout(ANSWER_MS, undefined, { signal: late.signal })]);
    return answer === undefined
      ? { status: 503, words: 'the control plane is too busy to answer' }
      : { kind: answer.kind, review: answerReview(asked.uid, answer) };
  } finally {
    late.abort();
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
