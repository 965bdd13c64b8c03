// /weft/v1/records: what proxies told. To read it is to read who calls whom, so it asks for more than reading documents does.
import { z } from 'zod';
import type { RecordsQuery, RequestView } from '../api/index.ts';
import type { Store } from '../store/index.ts';
import { readBody } from './body.ts';
import { manageError } from './errors.ts';
import type { ManagePorts } from './ports.ts';
import { weftAttributes } from './rbac/index.ts';
import { partsOf } from './records-parts.ts';
import { checked, type WeftCall, type WeftRoute } from './routes.ts';

const pair = z.string().regex(/^[a-z0-9.-]+\/[a-z0-9.-]+$/, 'must be NAMESPACE/NAME');
const moment = z.number().min(0).max(8.64e15);

const QuerySchema = z.strictObject({
  request: z.string().min(4, 'must have at least 4 characters of the id').max(128).optional(),
  after: z.int().min(0).optional(),
  since: moment.optional(),
  limit: z.int().min(1).max(1000).default(100),
  side: z.enum(['outbound', 'inbound', 'gateway', 'connection']).optional(),
  cause: z.string().min(1).max(64).optional(),
  service: pair.optional(),
  from: pair.optional(),
  path: z.string().startsWith('/', 'must begin with "/"').max(1024).optional(),
  status: z
    .string()
    .regex(/^(\d{1,3}|[1-5]xx)$/, 'must be a status (404) or a class of them (5xx)')
    .optional(),
});

const SinceSchema = z.strictObject({ since: moment.default(0), service: pair.optional() });
const OneSchema = z.strictObject({ request: QuerySchema.shape.request.unwrap() });

type Answers = NonNullable<ManagePorts['records']>;

/** Of one service: for those who may read records where it stands; all others for those who may everywhere. */
function ofService<S extends z.ZodType<{ readonly service?: string | undefined }>>(schema: S, { body, contentType, permit }: WeftCall): z.output<S> {
  const query = checked(schema, readBody(body, contentType));
  permit.require(weftAttributes('get', 'records', query.service?.split('/', 1)[0] ?? ''));
  return query;
}

async function pastRequests(records: Answers, store: Store, { body, contentType }: WeftCall): Promise<{ readonly items: readonly RequestView[] }> {
  const found = await records.requests(checked(OneSchema, readBody(body, contentType)).request);
  return { items: await Promise.all(found.slice(0, 20).map(async (each) => ({ ...each, parts: await partsOf(store, each.records) }))) };
}

const since = ({ body, contentType }: WeftCall): number => checked(SinceSchema, readBody(body, contentType)).since;

/** Below `/weft/v1/records`. They answer `not-found` where no records are kept. */
export function recordsRoutes(ports: Pick<ManagePorts, 'records' | 'store'>): readonly WeftRoute[] {
  const kept = (): Answers => {
    if (ports.records === undefined) throw manageError('not-found', 'no records are kept here');
    return ports.records;
  };
  const everywhere = { kind: 'weft', verb: 'get', resource: 'records', in: 'everywhere' } as const;
  const asked = { kind: 'asked', what: 'get records in the namespace of the service that is asked about, or everywhere' } as const;
  const about = (path: string, answer: (call: WeftCall) => unknown): WeftRoute => ({ method: 'POST', path, permission: asked, answer });
  return [
    about('/records', (call) => kept().find(ofService(QuerySchema, call) as RecordsQuery)),
    about('/records/suggest', async (call) => {
      const query = ofService(SinceSchema, call);
      return { items: await kept().suggest(query.since, query.service) };
    }),
    about('/records/verdicts', async (call) => {
      const query = ofService(SinceSchema, call);
      return { items: await kept().verdicts(query.since, query.service) };
    }),
    { method: 'POST', path: '/records/requests', permission: everywhere, answer: (call) => pastRequests(kept(), ports.store, call) },
    about('/records/peers', async (call) => {
      const query = ofService(SinceSchema, call);
      const items = await kept().peers(query.since);
      return { items: query.service === undefined ? items : items.filter(({ service }) => service === query.service) };
    }),
    { method: 'POST', path: '/records/uses', permission: everywhere, answer: async (call) => ({ items: await kept().uses(since(call)) }) },
    { method: 'GET', path: '/records/kept', permission: everywhere, answer: () => kept().kept() },
  ];
}
