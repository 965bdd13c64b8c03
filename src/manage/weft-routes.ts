// /weft/v1: what Kubernetes has no word for.
import { z } from 'zod';
import { kindOf } from '../policy/index.ts';
import type { Store } from '../store/index.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { type ApplyOptions, applyDocuments, readApplyRequest } from './apply.ts';
import { readApplyBody } from './apply-body.ts';
import { type BanPort, BanSchema } from './ban-routes.ts';
import { readBody } from './body.ts';
import { answerCa } from './ca-routes.ts';
import { manageError } from './errors.ts';
import type { ManagePorts } from './ports.ts';
import { answerRecords } from './records-routes.ts';
import { EffectiveSchema, effectOfRequest, fatesOfDocument } from './truth-routes.ts';

const MAX_TTL_SECONDS = 24 * 3600;
const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be lower-case letters, digits, "-" and "."');

const ExplainSchema = z.strictObject({
  from: z.string().min(1),
  to: z.string().min(1),
  port: z.int().min(1).max(65535).optional(),
  method: z
    .string()
    .regex(/^[A-Za-z]+$/, 'must be an HTTP method')
    .default('GET'),
  path: z.string().startsWith('/', 'must begin with "/"').default('/'),
  headers: z.record(z.string(), z.string()).default({}),
});

const TokenSchema = z.strictObject({
  namespace: name.default('default'),
  serviceAccount: name,
  ttlSeconds: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MAX_TTL_SECONDS, 'must be at most 86400 (24 h): the token is used once, so a short life costs nothing')
    .default(600),
  labels: z.record(z.string(), z.string()).default({}),
});

/** Throws `bad-request` naming every field that is wrong. */
function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const causes = result.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  throw manageError('bad-request', causes.map(({ field, message }) => `${field === '' ? '' : `${field}: `}${message}`).join('; '), { details: { causes } });
}

export interface WeftRequest {
  readonly method: string;
  /** Path below `/weft/v1/`, decoded, by steps. */
  readonly steps: readonly string[];
  readonly body: unknown;
  readonly contentType: string | undefined;
  readonly author: string;
}

type Route = (request: WeftRequest) => Promise<unknown>;

/** Documents by kind: `Service`, `gateway.networking.k8s.io/HTTPRoute`. */
function counts(store: Store): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const document of store.list().documents) {
    const group = kindOf(document.apiVersion, document.kind)?.group ?? '';
    const key = group === '' ? document.kind : `${group}/${document.kind}`;
    found[key] = (found[key] ?? 0) + 1;
  }
  return found;
}

export class WeftRoutes {
  readonly #ports: ManagePorts;
  readonly #apply: ApplyOptions;

  constructor(ports: ManagePorts, apply: ApplyOptions) {
    this.#ports = ports;
    this.#apply = apply;
  }

  /** Throws `not-found` or `method-not-allowed` for what is not there. */
  async answer(request: WeftRequest): Promise<Answer> {
    const [what = '', namespace, proxy, part, ...more] = request.steps;
    if (what === 'ca' && this.#ports.ca !== undefined) return jsonAnswer(200, answerCa(this.#ports.ca, request));
    if (more.length > 0) throw unknownPath(request);
    if (what === 'records' && proxy === undefined) return jsonAnswer(200, await answerRecords(this.#ports, { ...request, part: namespace }));
    if (what === 'fates' && part !== undefined && request.method === 'GET')
      return jsonAnswer(200, fatesOfDocument(this.#ports, namespace ?? '', proxy ?? '', part));
    if (what === 'proxies' && namespace !== undefined) return jsonAnswer(200, await this.#proxy(request, `${namespace}/${proxy ?? ''}`, part));
    const routes: Readonly<Record<string, Route>> = {
      'GET status': async () => this.#status(),
      'GET proxies': async () => ({ items: this.#ports.proxies() }),
      'POST apply': async ({ body, contentType, author }) => applyDocuments(readApplyRequest(await readApplyBody(body, contentType), author), this.#apply),
      'POST effective': async ({ body, contentType }) => this.#effective(readBody(body, contentType)),
      'GET findings': async () => this.#ports.findings(),
      'POST effect': async ({ body, contentType, author }) =>
        effectOfRequest(this.#ports, this.#apply.intake, readApplyRequest(await readApplyBody(body, contentType), author)),
      'POST explain': async ({ body, contentType }) => this.#explain(readBody(body, contentType)),
      'GET bans': async () => ({ items: this.#bans().list() }),
      'POST ban': async ({ body, contentType, author }) => {
        const { who, reason } = checked(BanSchema, readBody(body, contentType));
        return this.#bans().ban(who, reason, author);
      },
      'POST unban': async ({ body, contentType }) => this.#bans().unban(checked(BanSchema, readBody(body, contentType)).who),
      'POST evict': async ({ body, contentType, author }) => this.#bans().evict(checked(BanSchema, readBody(body, contentType)).who, author),
      'POST tokens': async ({ body, contentType }) => this.#token(readBody(body, contentType)),
    };
    const route = namespace === undefined ? routes[`${request.method} ${what}`] : undefined;
    if (route !== undefined) return jsonAnswer(200, await route(request));
    const others = Object.keys(routes).filter((key) => namespace === undefined && key.endsWith(` ${what}`));
    if (others.length === 0) throw unknownPath(request);
    throw manageError('method-not-allowed', `${request.method} is not possible here: ${others.join(', ')}`);
  }

  #status(): object {
    const { store } = this.#ports;
    const proxies = this.#ports.proxies();
    return {
      ...this.#ports.facts(),
      revision: store.revision,
      documents: counts(store),
      proxies: {
        total: proxies.length,
        connected: proxies.filter((proxy) => proxy.connected).length,
        inSync: proxies.filter((proxy) => proxy.sync === 'in sync').length,
        refused: proxies.filter((proxy) => proxy.sync === 'refused').length,
      },
      counters: this.#ports.counters(),
    };
  }

  async #proxy(request: WeftRequest, id: string, part: string | undefined): Promise<unknown> {
    if (request.method !== 'GET') throw manageError('method-not-allowed', `${request.method} is not possible here: GET is`);
    const missing = manageError('not-found', `there is no proxy ${id}: \`weft proxies\` lists them`, { details: { name: id, kind: 'proxies' } });
    if (part === 'resources') {
      const items = await this.#ports.resources(id);
      if (items === undefined) throw missing;
      return { items };
    }
    if (part !== undefined) throw unknownPath(request);
    const proxy = this.#ports.proxies().find((each) => each.id === id);
    if (proxy === undefined) throw missing;
    return proxy;
  }

  async #explain(body: unknown): Promise<unknown> {
    const { port, ...question } = checked(ExplainSchema, body);
    return this.#ports.explain({ ...question, method: question.method.toUpperCase(), ...(port === undefined ? {} : { port }) });
  }

  #effective(body: unknown): unknown {
    const { service, port, from, route } = checked(EffectiveSchema, body);
    const asked = { ...(port === undefined ? {} : { port }), ...(from === undefined ? {} : { from }), ...(route === undefined ? {} : { route }) };
    return this.#ports.effective({ service, ...asked });
  }

  #bans(): BanPort {
    const { bans } = this.#ports;
    if (bans === undefined) throw manageError('not-found', 'nobody can be banned here');
    return bans;
  }

  async #token(body: unknown): Promise<object> {
    const { ttlSeconds, ...grant } = checked(TokenSchema, body);
    const expiresAt = this.#ports.clock.now() + ttlSeconds * 1000;
    return { token: await this.#ports.createJoin({ ...grant, expiresAt }), expiresAt: new Date(expiresAt).toISOString() };
  }
}

const unknownPath = (request: WeftRequest): Error =>
  manageError(
    'not-found',
    `there is nothing at /weft/v1/${request.steps.join('/')}: status, proxies, apply, explain, effective, effect, fates, findings, records and tokens are`,
  );
