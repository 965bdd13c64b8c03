// /weft/v1/records: what proxies told. To read it is to read who calls whom, so it asks for more than reading documents does.
import { z } from 'zod';
import type { RecordsQuery, RequestView } from '../api/index.ts';
import type { Store } from '../store/index.ts';
import { readBody } from './body.ts';
import { manageError } from './errors.ts';
import type { ManagePorts } from './ports.ts';
import { partsOf } from './records-parts.ts';

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

/** Throws `bad-request` naming the field. */
function read<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw manageError('bad-request', result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}

export interface RecordsQuestion {
  readonly method: string;
  /** The step behind `records`; undefined for the records themselves. */
  readonly part: string | undefined;
  readonly body: unknown;
  readonly contentType: string | undefined;
}

type Answers = NonNullable<ManagePorts['records']>;

async function pastRequests(records: Answers, store: Store, body: unknown): Promise<{ readonly items: readonly RequestView[] }> {
  const found = await records.requests(read(OneSchema, body).request);
  return { items: await Promise.all(found.slice(0, 20).map(async (each) => ({ ...each, parts: await partsOf(store, each.records) }))) };
}

/** Each asks for the permission to `get` the resource `records`. */
const ROUTES: Readonly<Record<string, (records: Answers, body: () => unknown, store: Store) => Promise<unknown>>> = {
  'POST ': (records, body) => records.find(read(QuerySchema, body()) as RecordsQuery),
  'POST requests': (records, body, store) => pastRequests(records, store, body()),
  'POST peers': async (records, body) => ({ items: await records.peers(read(SinceSchema, body()).since) }),
  'POST uses': async (records, body) => ({ items: await records.uses(read(SinceSchema, body()).since) }),
  'POST suggest': async (records, body) => {
    const { since, service } = read(SinceSchema, body());
    return { items: await records.suggest(since, service) };
  },
  'POST verdicts': async (records, body) => {
    const { since, service } = read(SinceSchema, body());
    return { items: await records.verdicts(since, service) };
  },
  'GET kept': (records) => records.kept(),
};

/** Answers below `/weft/v1/records`. Throws `not-found` for what is not there, and where no records are kept. */
export async function answerRecords(
  ports: Pick<ManagePorts, 'records' | 'store'>,
  { method, part = '', body, contentType }: RecordsQuestion,
): Promise<unknown> {
  const route = ROUTES[`${method} ${part}`];
  if (route === undefined || ports.records === undefined)
    throw manageError(
      'not-found',
      `there is no ${method} /weft/v1/records${part === '' ? '' : `/${part}`}: POST records, records/requests, records/peers, records/uses, records/suggest, records/verdicts and GET records/kept are`,
    );
  return route(ports.records, () => readBody(body, contentType), ports.store);
}
