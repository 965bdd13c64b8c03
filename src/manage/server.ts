import { isIP } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpServer, serveHttp, type TlsPair } from '../wire/index.ts';
import { type Access, openAccess } from './access.ts';
import type { Answer } from './answer.ts';
import { manageError } from './errors.ts';
import { DEFAULT_FLOOD_LIMITS, Flood, type FloodLimits } from './flood.ts';
import { Intake } from './intake.ts';
import { KubeRoutes } from './kube-routes.ts';
import type { ManagePorts } from './ports.ts';
import { flag, outputForm, type Query, readResourceRequest } from './request.ts';
import { ResourceWrites } from './resource-writes.ts';
import { statusOf, warningHeaders } from './status.ts';
import { acceptTls, type TlsDoor } from './tls-door.ts';
import { readWatchPlan, streamWatch } from './watch-stream.ts';
import { WeftRoutes } from './weft-routes.ts';

const BODY_BYTES = 1024 * 1024;
const APPLY_BODY_BYTES = 16 * 1024 * 1024;
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export interface ApiOptions {
  readonly ports: ManagePorts;
  /** See `adminToken`. */
  readonly token: string;
  /** Default 127.0.0.1: only this machine. */
  readonly host?: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Names under which the API may be asked, beside addresses and localhost. */
  readonly allowedHosts?: readonly string[];
  /** With it the same port also answers HTTPS, which kubectl needs: it sends no token over plain HTTP. */
  readonly tls?: TlsPair;
  readonly flood?: Partial<FloodLimits>;
  /** The one way in for documents; one of its own when it is not shared with others that write. */
  readonly intake?: Intake;
  /** Adds routes that need no token (the dashboard's files). Host and Origin are checked for them too. */
  readonly publicRoutes?: (app: FastifyInstance) => void;
}

export interface Api {
  readonly port: number;
  readonly url: string;
  /** New connections get this certificate. Without `tls` in the options it does nothing. */
  updateTls(tls: TlsPair): void;
  /** Ends every watch, lets the answers under way finish for at most `graceMs`, then cuts. */
  close(graceMs: number): Promise<void>;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}

/** `admin`, and what program: for the history of a document. */
function authorOf(request: FastifyRequest): string {
  const manager = (request.query as Query)['fieldManager'];
  const agent = request.headers['user-agent']?.split(/[/ ]/, 1)[0];
  return `admin (${typeof manager === 'string' && manager !== '' ? manager : (agent ?? 'unknown')})`.slice(0, 200);
}

function send(reply: FastifyReply, { code, text, diagnostics, contentType = 'application/json' }: Answer): FastifyReply {
  const warnings = warningHeaders(diagnostics).slice(0, 20);
  if (warnings.length > 0) reply.header('warning', warnings);
  return reply.code(code).header('content-type', contentType).send(text);
}

class ApiServer {
  readonly #ports: ManagePorts;
  readonly #access: Access;
  readonly #flood: Flood;
  readonly #kube: KubeRoutes;
  readonly #weft: WeftRoutes;
  readonly #ending = new AbortController();
  readonly #leaving = new WeakMap<FastifyRequest, () => void>();
  readonly #publicRoutes: ((app: FastifyInstance) => void) | undefined;

  constructor({ ports, token, allowedHosts, flood, intake = new Intake(ports.store), publicRoutes }: ApiOptions) {
    this.#ports = ports;
    this.#access = openAccess(token, allowedHosts ?? []);
    this.#flood = new Flood(ports.clock, { ...DEFAULT_FLOOD_LIMITS, ...flood });
    this.#kube = new KubeRoutes(ports, new ResourceWrites({ store: ports.store, intake, clock: ports.clock }));
    this.#weft = new WeftRoutes(ports, {
      store: ports.store,
      intake,
      analyze: (documents) => ports.analyze(documents),
      check: async (documents) => (await ports.check?.(documents)) ?? [],
    });
    this.#publicRoutes = publicRoutes;
  }

  routes(app: FastifyInstance): void {
    app.addHook('preClose', async () => this.#ending.abort());
    app.register(async (scope) => this.#allRoutes(scope));
  }

  #allRoutes(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    app.addHook('onRequest', async (request, reply) => this.#enter(request, reply));
    app.setErrorHandler((error, request, reply) => this.#fail(error, request, reply));
    app.get('/healthz', async () => ({ status: 'ok' }));
    this.#publicRoutes?.(app);
    app.register(async (scope) => this.#privateRoutes(scope));
  }

  /** The token is asked for before the body is read. */
  #privateRoutes(app: FastifyInstance): void {
    app.addHook('onRequest', async (request) => this.#signedIn(request));
    const kube = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => this.#answerKube(request, reply);
    const weft = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => this.#answerWeft(request, reply);
    for (const url of ['/api', '/api/*', '/apis', '/apis/*', '/openapi/*', '/version']) app.route({ method: [...METHODS], url, handler: kube });
    app.route({ method: [...METHODS], url: '/weft/v1/*', handler: weft });
    app.route({ method: [...METHODS], url: '/weft/v1/apply', handler: weft, bodyLimit: APPLY_BODY_BYTES });
  }

  #enter(request: FastifyRequest, reply: FastifyReply): void {
    const leave = this.#flood.enter();
    this.#leaving.set(request, leave);
    reply.raw.once('close', leave);
    this.#access.checkSite(request.headers);
  }

  #signedIn(request: FastifyRequest): void {
    try {
      this.#access.check(request.headers);
    } catch (error) {
      this.#flood.refused();
      throw error;
    }
  }

  async #answerKube(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const query = request.query as Query;
    if (request.method === 'GET' && flag(query, 'watch')) return this.#watch(request, reply);
    return send(
      reply,
      await this.#kube.answer({
        method: request.method,
        path: pathOf(request),
        query,
        accept: request.headers.accept,
        body: request.body,
        contentType: request.headers['content-type'],
        author: authorOf(request),
      }),
    );
  }

  async #watch(request: FastifyRequest, reply: FastifyReply): Promise<undefined> {
    const query = request.query as Query;
    const resource = readResourceRequest(pathOf(request));
    const scoped = resource.name === undefined ? query : { ...query, fieldSelector: `metadata.name=${resource.name}` };
    const plan = readWatchPlan(resource, scoped, outputForm(request.headers.accept, query));
    const leave = this.#flood.watch();
    this.#leaving.get(request)?.();
    reply.hijack();
    try {
      await streamWatch(plan, { store: this.#ports.store, clock: this.#ports.clock, out: reply.raw, signal: this.#ending.signal });
    } finally {
      leave();
    }
  }

  async #answerWeft(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const steps = pathOf(request)
      .replace(/^\/weft\/v1\//, '')
      .split('/')
      .filter((step) => step !== '')
      .map(decode);
    const { method, body } = request;
    return send(reply, await this.#weft.answer({ method, steps, body, contentType: request.headers['content-type'], author: authorOf(request) }));
  }

  #fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const status = statusOf(error);
    if (status.code >= 500)
      this.#ports.log('error', 'a request failed', {
        method: request.method,
        path: pathOf(request),
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    if (status.code === 429) reply.header('retry-after', '1');
    if (status.code === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(status.code).header('content-type', 'application/json').send(JSON.stringify(status));
  }
}

function decode(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    throw manageError('bad-request', `"${step}" is not a correctly encoded part of a path`);
  }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));

/**
 * Serves the management API. Throws WeftError `address-in-use` when the port cannot be had. Listens on loopback unless `host`
 * says otherwise; without TLS that is logged as a warning.
 */
export async function openApi(options: ApiOptions): Promise<Api> {
  const { host = '127.0.0.1', port, ports } = options;
  if (!isLoopback(host) && options.tls === undefined) ports.log('warn', 'the management API listens beyond this machine without TLS', { host });
  const api = new ApiServer(options);
  let door: TlsDoor | undefined;
  const server: HttpServer = await serveHttp({
    host,
    port,
    limits: { bodyBytes: BODY_BYTES, maxConnections: 4_000 },
    routes: (app) => {
      if (options.tls !== undefined) door = acceptTls(app.server, options.tls);
      api.routes(app);
    },
  });
  return { port: server.port, url: server.url, updateTls: (tls) => door?.update(tls), close: (graceMs) => server.close(graceMs) };
}
