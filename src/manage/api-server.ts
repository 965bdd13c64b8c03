// Routes, gate and answers of the management API, put onto a Fastify instance.
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditFacts } from '../store/index.ts';
import { openSiteCheck } from './access.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import type { ApiOptions } from './api-options.ts';
import type { ApplyOptions } from './apply.ts';
import { refusedWrite, secretRead } from './audit-facts.ts';
import { auditRoutes } from './audit-routes.ts';
import { openAuthentication } from './authentication.ts';
import { backupRoutes } from './backup-routes.ts';
import type { Caller } from './caller.ts';
import { Findings } from './checks/index.ts';
import { certificateCaller } from './client-certificates.ts';
import { DEFAULT_FLOOD_LIMITS, Flood } from './flood.ts';
import { healthRoutes } from './health-routes.ts';
import { Intake } from './intake.ts';
import { KubeRoutes } from './kube-routes.ts';
import { metricsPage } from './metrics-routes.ts';
import { ownMetricsRoute } from './own-metrics.ts';
import { pageCredential } from './page-cookie.ts';
import { pageFiles } from './page-files.ts';
import { pageRoutes } from './page-routes.ts';
import { PageSessions } from './page-sessions.ts';
import type { ManagePorts } from './ports.ts';
import { Authorizer } from './rbac/index.ts';
import { flag, outputForm, type Query, type ResourceRequest } from './request.ts';
import { ResourceWrites } from './resource-writes.ts';
import { REVIEWS } from './review-routes.ts';
import { unknownRoute, type WeftCall, type WeftRoute } from './routes.ts';
import { type CensusEntry, pathOf, Sessions } from './sessions.ts';
import { statusOf, warningHeaders } from './status.ts';
import { userRoutes } from './user-routes.ts';
import { UserTokens } from './user-tokens.ts';
import { readWatchPlan, streamWatch } from './watch-stream.ts';
import { weftRoutes } from './weft-routes.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** Who, and with what program: for the history of a document. */
function authorOf(request: FastifyRequest, { user }: Caller): string {
  const manager = (request.query as Query)['fieldManager'];
  const agent = pageCredential(request) === undefined ? request.headers['user-agent']?.split(/[/ ]/, 1)[0] : 'dashboard';
  return `${user} (${typeof manager === 'string' && manager !== '' ? manager : (agent ?? 'unknown')})`.slice(0, 200);
}

function send(reply: FastifyReply, { code, text, diagnostics, contentType = 'application/json' }: Answer): FastifyReply {
  const warnings = warningHeaders(diagnostics).slice(0, 20);
  if (warnings.length > 0) reply.header('warning', warnings);
  return reply.code(code).header('content-type', contentType).send(text);
}

/** Nothing that is answered here is a page, may be framed, sniffed or kept; what the dashboard serves sets its own policy. */
const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

async function* linesOf(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

export class ApiServer {
  readonly #ports: ManagePorts;
  readonly #checkSite: (headers: IncomingHttpHeaders, page: boolean) => void;
  readonly #flood: Flood;
  readonly #sessions: Sessions;
  readonly #kube: KubeRoutes;
  readonly #findings: Findings;
  readonly #weft: readonly WeftRoute[];
  readonly #ending = new AbortController();
  readonly #leaving = new WeakMap<FastifyRequest, () => void>();
  readonly #pages: PageSessions;
  readonly #pageFiles: string | undefined;
  readonly #publicRoutes: ((app: FastifyInstance) => void) | undefined;

  constructor({
    ports,
    token,
    allowedHosts,
    flood,
    intake = new Intake(ports.store, { clock: ports.clock }),
    publicRoutes,
    pageFolder,
    authenticators,
    clientCertificates,
  }: ApiOptions) {
    this.#ports = ports;
    this.#checkSite = openSiteCheck(allowedHosts ?? []);
    this.#flood = new Flood(ports.clock, { ...DEFAULT_FLOOD_LIMITS, ...flood });
    const tokens = new UserTokens(ports);
    this.#pages = new PageSessions(ports.clock);
    const authentication = openAuthentication({
      adminToken: token,
      tokens: [tokens, ...(authenticators ?? [])],
      page: (request) => this.#tokenOfPage(request),
      ...(clientCertificates === undefined ? {} : { certificate: ({ raw }) => certificateCaller(raw.socket, clientCertificates) }),
    });
    this.#sessions = new Sessions({ authentication, authorizer: new Authorizer(ports.store), flood: this.#flood });
    this.#findings = new Findings(ports);
    this.#kube = new KubeRoutes(ports, new ResourceWrites({ store: ports.store, intake, clock: ports.clock }));
    const apply: ApplyOptions = {
      store: ports.store,
      intake,
      analyze: (documents) => ports.analyze(documents),
      check: async (documents) => (await ports.check?.(documents)) ?? [],
    };
    this.#weft = [...weftRoutes(ports, apply, this.#findings), ...userRoutes(tokens), ...auditRoutes(ports), ...backupRoutes(ports)];
    this.#publicRoutes = publicRoutes;
    this.#pageFiles = pageFolder;
  }

  /** A link with which a browser signs in once as who has `token`: path and query. */
  link(token: string): string {
    return `/?once=${this.#pages.link(token).once}`;
  }

  get census(): readonly CensusEntry[] {
    return this.#sessions.census;
  }

  routes(app: FastifyInstance): void {
    app.addHook('preClose', async () => this.#ending.abort());
    app.register(async (scope) => this.#allRoutes(scope));
  }

  #allRoutes(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    app.addHook('onRoute', (route) => this.#sessions.added(route));
    app.addHook('onRequest', async (request, reply) => this.#enter(request, reply));
    app.addHook('onSend', async (request, reply, payload) => this.#leave(request, reply, payload));
    app.setErrorHandler(async (error, request, reply) => this.#fail(error, request, reply));
    healthRoutes(app, this.#ports);
    metricsPage(app, this.#ports);
    ownMetricsRoute(app, this.#ports, this.#findings);
    this.#publicRoutes?.(app);
    if (this.#pageFiles !== undefined) pageFiles(app, this.#pageFiles);
    this.#pageRoutes(app);
    this.#kubeRoutes(app);
    this.#reviewRoutes(app);
    this.#weftRoutes(app);
  }

  #tokenOfPage(request: FastifyRequest): string | undefined {
    const credential = pageCredential(request);
    return credential === undefined ? undefined : this.#pages.token(credential.cookie, credential.key);
  }

  #pageRoutes(app: FastifyInstance): void {
    const record = (request: FastifyRequest, what: { readonly verb: string; readonly what: string }): Promise<void> =>
      this.#ports.store.record([{ who: authorOf(request, this.#sessions.of(request).caller), namespace: '', ...what, result: 'done' }]);
    pageRoutes(app, { pages: this.#pages, sessions: this.#sessions, flood: this.#flood, record });
  }

  #kubeRoutes(app: FastifyInstance): void {
    const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => this.#answerKube(request, reply);
    for (const url of ['/api', '/api/*', '/apis', '/apis/*', '/openapi/*', '/version'])
      app.route({ method: [...METHODS], url, handler, config: { permission: { kind: 'kubernetes' } } });
  }

  #reviewRoutes(app: FastifyInstance): void {
    const permission = { kind: 'signed-in', why: 'the caller asks what they themselves may do' } as const;
    for (const [url, review] of Object.entries(REVIEWS))
      app.post(url, { config: { permission } }, async (request, reply) => {
        const { permit } = this.#sessions.of(request);
        return send(reply, jsonAnswer(201, review({ body: request.body, contentType: request.headers['content-type'], permit })));
      });
  }

  #weftRoutes(app: FastifyInstance): void {
    for (const route of this.#weft) {
      const { method, path, permission, bodyLimit, audit } = route;
      const handler = (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => this.#answerWeft(route, request, reply);
      app.route({
        method,
        url: `/weft/v1${path}`,
        handler,
        config: { permission, ...(audit === undefined ? {} : { audit: audit.verb }) },
        ...(bodyLimit === undefined ? {} : { bodyLimit }),
      });
    }
    app.route({
      method: [...METHODS],
      url: '/weft/v1/*',
      config: { permission: { kind: 'signed-in', why: 'there is nothing here; the answer says what there is' } },
      handler: async (request) => {
        throw unknownRoute(this.#weft, request.method, pathOf(request));
      },
    });
  }

  async #enter(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const leave = this.#flood.enter();
    this.#leaving.set(request, leave);
    reply.raw.once('close', leave);
    this.#checkSite(request.headers, request.routeOptions.config.page === true);
    await this.#sessions.enter(request);
  }

  #leave(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    this.#sessions.leave(request, reply);
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
    return payload;
  }

  async #answerKube(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const query = request.query as Query;
    const { target, permit, caller } = this.#sessions.of(request);
    if (target === undefined) throw new Error('a path of Kubernetes was not read');
    const read = secretRead(request, target, authorOf(request, caller));
    if (read !== undefined) await this.#ports.store.record([read]);
    if (target.kind === 'resource' && request.method === 'GET' && flag(query, 'watch')) return this.#watch(target.resource, request, reply);
    return send(
      reply,
      await this.#kube.answer({
        method: request.method,
        target,
        query,
        accept: request.headers.accept,
        body: request.body,
        contentType: request.headers['content-type'],
        author: authorOf(request, caller),
        permit,
      }),
    );
  }

  async #watch(resource: ResourceRequest, request: FastifyRequest, reply: FastifyReply): Promise<undefined> {
    const query = request.query as Query;
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

  async #answerWeft(route: WeftRoute, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { permit, caller } = this.#sessions.of(request);
    const { body, params, query, headers } = request;
    const author = authorOf(request, caller);
    const signal = this.#gone(reply);
    const call = { params: params as WeftCall['params'], query: query as Query, body, contentType: headers['content-type'], author, permit, signal };
    const answered = await route.answer(call);
    const { verb, what } = route.audit ?? {};
    if (verb !== undefined && what !== undefined) await this.#ports.store.record([{ who: author, verb, ...what(call, answered), result: 'done' }]);
    if (route.stream === true) this.#standing(request, reply);
    if (route.stream === true) return reply.header('content-type', 'application/x-ndjson').send(Readable.from(linesOf(answered as AsyncIterable<string>)));
    return send(reply, jsonAnswer(200, answered));
  }

  /** Aborts when the connection is gone or the API closes. */
  #gone(reply: FastifyReply): AbortSignal {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    return AbortSignal.any([gone.signal, this.#ending.signal]);
  }

  /** What is answered for as long as the caller wants is no request in flight. */
  #standing(request: FastifyRequest, reply: FastifyReply): void {
    reply.raw.once('close', this.#flood.watch());
    this.#leaving.get(request)?.();
  }

  /** A refusal stands whether or not it could be written down. */
  async #record(facts: AuditFacts): Promise<void> {
    try {
      await this.#ports.store.record([facts]);
    } catch (error) {
      this.#ports.log('error', 'a refusal is missing in the audit log', { ...facts, error: error instanceof Error ? error.message : String(error) });
    }
  }

  async #fail(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const status = statusOf(error);
    const session = this.#sessions.find(request);
    const refused = session === undefined ? undefined : refusedWrite(request, session, status);
    if (session !== undefined && refused !== undefined) await this.#record({ who: authorOf(request, session.caller), ...refused });
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
