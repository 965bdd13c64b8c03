// /weft/v1/traces: what requests went through. Who may read traces in a namespace sees the spans that its proxies made; a trace that also leads
// elsewhere is shown without what is not theirs.
import { z } from 'zod';
import type { BrokenPropagationView, PushView, SpansKeptView, SpanView, TraceSummary, TracesQuery, TracesView, TraceView } from '../api/index.ts';
import { parseDuration } from '../model/index.ts';
import { manageError } from './errors.ts';
import type { Permit } from './permit.ts';
import type { ManagePorts } from './ports.ts';
import { weftAttributes } from './rbac/index.ts';
import { one, type Query } from './request.ts';
import { checked, name, type WeftCall, type WeftRoute } from './routes.ts';
import { seesAll } from './visible.ts';

/** Traces that are kept; telemetry's `Traces`. */
export interface TracesPort {
  find(query: TracesQuery): Promise<TracesView>;
  /** By its id or the beginning of one (8 digits at least), or by the id of a request; undefined when there is none. */
  trace(id: string): Promise<TraceView | undefined>;
  /** For each change (`Kind namespace/name`, epoch ms) the push that took it to the proxies; undefined where that is not known. */
  pushes(of: readonly { readonly document: string; readonly at: number }[]): Promise<readonly (PushView | undefined)[]>;
  kept(): Promise<SpansKeptView>;
  /** Services that do not pass on what ties their calls together, since epoch ms. */
  broken(since: number): Promise<readonly BrokenPropagationView[]>;
}

const DAYS = /^(\d{1,3})d$/;
const FAR_MS = 8.64e15;

/** `10m` before now, epoch ms, or RFC 3339. */
function momentOf(text: string, now: number): number | undefined {
  const days = DAYS.exec(text)?.[1];
  const back = days === undefined ? parseDuration(text) : Number(days) * 86_400_000;
  if (back !== undefined) return now - back;
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isFinite(at) && at >= 0 && at <= FAR_MS ? at : undefined;
}

const moment = (now: number) =>
  z.string().transform((text, found) => {
    const at = momentOf(text, now);
    if (at !== undefined) return at;
    found.addIssue({ code: 'custom', message: 'must be a duration back from now (10m), epoch milliseconds, or a time (RFC 3339)' });
    return z.NEVER;
  });

const milliseconds = z.coerce.number('must be a number of milliseconds').min(0).max(86_400_000);

const schemaAt = (now: number) =>
  z.strictObject({
    service: z
      .string()
      .regex(/^[a-z0-9.-]+\/[a-z0-9.-]+$/, 'must be NAMESPACE/NAME')
      .optional(),
    namespace: name.optional(),
    status: z
      .string()
      .regex(/^(\d{1,3}|[1-5]xx)$/, 'must be a status (404) or a class of them (5xx)')
      .optional(),
    error: z
      .enum(['true', 'false'])
      .transform((text) => text === 'true')
      .optional(),
    minMs: milliseconds.optional(),
    maxMs: milliseconds.optional(),
    since: moment(now).optional(),
    until: moment(now).optional(),
    request: z.string().min(4, 'must have at least 4 characters of the id').max(128).optional(),
    path: z.string().startsWith('/', 'must begin with "/"').max(1024).optional(),
    limit: z.coerce.number().int().min(1).max(1000).default(50),
  });

const flat = (query: Query): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(query).flatMap((key) => (one(query, key) === undefined ? [] : [[key, one(query, key) ?? '']])));

const namespaceOf = (service: string): string => service.split('/', 1)[0] ?? '';

const mayRead = (permit: Permit, namespace: string): boolean => permit.allows(weftAttributes('get', 'traces', namespace));

/** Of a service or namespace: for those who may read traces there; all others for those who may everywhere. */
function asked({ query, permit }: WeftCall, now: number): TracesQuery {
  const found = checked(schemaAt(now), flat(query)) as TracesQuery;
  permit.require(weftAttributes('get', 'traces', found.service === undefined ? (found.namespace ?? '') : namespaceOf(found.service)));
  return found;
}

/** Names of what else is in a trace are for those who may read it. */
function visibleSummary(permit: Permit, summary: TraceSummary): TraceSummary {
  if (seesAll(permit, 'traces')) return summary;
  const services = summary.services.filter((service) => mayRead(permit, namespaceOf(service)));
  const own = mayRead(permit, namespaceOf(summary.service));
  return { ...summary, services, requests: [], ...(own ? {} : { service: '', name: '', status: 0 }) };
}

/** A span whose parent may not be seen stands at the top. */
function visibleTree(permit: Permit, tree: readonly SpanView[]): readonly SpanView[] {
  const seen = tree.filter(({ namespace }) => mayRead(permit, namespace));
  const ids = new Set(seen.map(({ id }) => id));
  return seen.map((span) => ({ ...span, parent: ids.has(span.parent) ? span.parent : '', peer: mayRead(permit, namespaceOf(span.peer)) ? span.peer : '' }));
}

function visibleTrace(permit: Permit, view: TraceView): TraceView | undefined {
  if (seesAll(permit, 'traces')) return view;
  const tree = visibleTree(permit, view.tree);
  const requests = [...new Set(tree.map(({ request }) => request))].filter((request) => request !== '');
  return tree.length === 0 ? undefined : { ...view, ...visibleSummary(permit, view), requests, spans: tree.length, tree };
}

const noTrace = (id: string): Error =>
  manageError('not-found', `no trace ${id} is kept (or none that you may read): \`weft traces\` lists them`, { details: { name: id, kind: 'traces' } });

/** Below `/weft/v1/traces`. They answer `not-found` where no traces are kept. */
export function tracesRoutes({ traces, clock }: Pick<ManagePorts, 'traces' | 'clock'>): readonly WeftRoute[] {
  const kept = (): TracesPort => {
    if (traces === undefined) throw manageError('not-found', 'no traces are kept here');
    return traces;
  };
  const everywhere = { kind: 'weft', verb: 'get', resource: 'traces', in: 'everywhere' } as const;
  const ofService = { kind: 'asked', what: 'get traces in the namespace of the service that is asked about, or everywhere' } as const;
  return [
    {
      method: 'GET',
      path: '/traces',
      permission: ofService,
      answer: async (call) => {
        const { items, lost } = await kept().find(asked(call, clock.now()));
        return { items: items.map((each) => visibleSummary(call.permit, each)), lost };
      },
    },
    { method: 'GET', path: '/traces/kept', permission: everywhere, answer: () => kept().kept() },
    {
      method: 'GET',
      path: '/traces/broken',
      permission: everywhere,
      answer: async ({ query }) => ({ items: await kept().broken(momentOf(one(query, 'since') ?? '1h', clock.now()) ?? 0) }),
    },
    {
      method: 'GET',
      path: '/traces/:trace',
      permission: { kind: 'asked', what: 'get traces in the namespaces that the trace leads through; what is elsewhere is left out' },
      answer: async ({ params, permit }) => {
        const id = params['trace'] ?? '';
        const found = await kept().trace(id);
        const view = found === undefined ? undefined : visibleTrace(permit, found);
        if (view === undefined) throw noTrace(id);
        return view;
      },
    },
  ];
}
