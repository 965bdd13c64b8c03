// /weft/v1/stat, /edges, /series: golden numbers of services, of who calls whom, and over time.
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { SERIES_BY } from '../api/index.ts';
import { parseDuration } from '../model/index.ts';
import { manageError } from './errors.ts';
import { objectivesOf } from './objectives.ts';
import type { ManagePorts, MetricsPort } from './ports.ts';
import { weftAttributes } from './rbac/index.ts';
import { one, type Query } from './request.ts';
import { checked, type WeftCall, type WeftRoute } from './routes.ts';

const DEFAULT_SINCE_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
const MOST_STEPS = 2000;

const NAMES = {
  stat: ['since', 'until', 'namespace'],
  series: ['since', 'until', 'service', 'namespace', 'by', 'stepMs'],
  objectives: ['namespace', 'service'],
} as const;

const service = z
  .string()
  .regex(/^[\w.:/*-]{1,300}$/, 'must be NAMESPACE/NAME, or a host of outside of the mesh')
  .default('');
const SeriesSchema = z.strictObject({
  service,
  namespace: z.string().default(''),
  by: z.enum(SERIES_BY, `must be one of ${SERIES_BY.join(', ')}`).optional(),
  stepMs: z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number of milliseconds')
    .transform(Number)
    .default(0),
});

/** `10m` and `7d` back from now, RFC 3339, or epoch ms. Throws `bad-request`. */
function moment(name: string, text: string, now: number): number {
  const days = /^(\d{1,3})d$/.exec(text)?.[1];
  const back = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
  if (back !== undefined) return now - back;
  const at = /^\d{10,15}$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isFinite(at)) return at;
  throw manageError('bad-request', `${name}: write how far back (10m, 24h, 7d), a moment in RFC 3339, or milliseconds since 1970`);
}

function windowOf(query: Query, now: number): { readonly since: number; readonly until: number } {
  const [since, until] = [one(query, 'since'), one(query, 'until')];
  const end = until === undefined || until === '' ? now : moment('until', until, now);
  const begin = since === undefined || since === '' ? end - DEFAULT_SINCE_MS : moment('since', since, now);
  if (begin >= end) throw manageError('bad-request', 'since: must be before until');
  return { since: begin, until: end };
}

function onlyKnown(query: Query, known: readonly string[]): void {
  const unknown = Object.keys(query).find((key) => !known.includes(key));
  if (unknown !== undefined) throw manageError('bad-request', `there is no parameter "${unknown}" here: ${known.join(', ')} are`);
}

/** Below `/weft/v1`. They answer `not-found` where no metrics are kept. */
export function metricsRoutes(ports: Pick<ManagePorts, 'metrics' | 'mesh' | 'clock'>): readonly WeftRoute[] {
  const kept = (): MetricsPort => {
    if (ports.metrics === undefined) throw manageError('not-found', 'no metrics are kept here');
    return ports.metrics;
  };
  const inNamespace = { kind: 'weft', verb: 'get', resource: 'metrics', in: 'query' } as const;
  const stat = ({ query }: WeftCall) => {
    onlyKnown(query, NAMES.stat);
    return { ...windowOf(query, ports.clock.now()), namespace: one(query, 'namespace') ?? '' };
  };
  return [
    { method: 'GET', path: '/stat', permission: inNamespace, answer: (call) => kept().stat(stat(call)) },
    { method: 'GET', path: '/edges', permission: inNamespace, answer: (call) => kept().edges(stat(call)) },
    {
      method: 'GET',
      path: '/series',
      permission: { kind: 'asked', what: 'get metrics in the namespace, or that of the service, that is asked about, or everywhere' },
      answer: ({ query, permit }) => {
        onlyKnown(query, NAMES.series);
        const { since, until } = windowOf(query, ports.clock.now());
        const given = Object.fromEntries(['service', 'namespace', 'by', 'stepMs'].flatMap((name) => (one(query, name) ? [[name, one(query, name)]] : [])));
        const asked = checked(SeriesSchema, given);
        permit.require(
          weftAttributes('get', 'metrics', asked.service.includes('/') ? (asked.service.split('/', 1)[0] ?? '') : asked.service === '' ? asked.namespace : ''),
        );
        if (asked.stepMs > 0 && (until - since) / asked.stepMs > MOST_STEPS) throw manageError('bad-request', `stepMs: more than ${MOST_STEPS} steps`);
        return kept().series({ since, until, service: asked.service, namespace: asked.namespace, by: asked.by ?? '', stepMs: asked.stepMs });
      },
    },
    {
      method: 'GET',
      path: '/objectives',
      permission: { kind: 'asked', what: 'get metrics in the namespace, or that of the service, that is asked about, or everywhere' },
      answer: async ({ query, permit }) => {
        onlyKnown(query, NAMES.objectives);
        const asked = { namespace: one(query, 'namespace') ?? '', service: checked(service, one(query, 'service') || undefined) };
        permit.require(weftAttributes('get', 'metrics', asked.service === '' ? asked.namespace : (asked.service.split('/', 1)[0] ?? '')));
        kept();
        return (await objectivesOf(ports, asked)) ?? { items: [] };
      },
    },
    { method: 'GET', path: '/metrics/kept', permission: { ...inNamespace, in: 'everywhere' }, answer: () => kept().kept() },
  ];
}

/** `/metrics/mesh`: the counters of all proxies for a Prometheus server, which shows a token like anybody else. */
export function metricsPage(app: FastifyInstance, ports: Pick<ManagePorts, 'metrics'>): void {
  const permission = { kind: 'weft', verb: 'get', resource: 'metrics', in: 'everywhere' } as const;
  app.get('/metrics/mesh', { config: { permission } }, async (request, reply) => {
    if (ports.metrics === undefined) throw manageError('not-found', 'no metrics are kept here');
    const { type, text } = await ports.metrics.page((request.headers.accept ?? '').includes('application/openmetrics-text'));
    return reply.header('content-type', type).send(text);
  });
}
