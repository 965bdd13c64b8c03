// /weft/v1/audit: who did what. Records of a namespace are for those who may read audit records there.
import { hereText, isHere } from './everywhere.ts';
import type { ManagePorts } from './ports.ts';
import { count, one, type Query } from './request.ts';
import type { WeftRoute } from './routes.ts';

const PAGE = 100;
const MOST = 500;

interface Listed {
  readonly at: string;
}

/** Newest first, each with the replica that has it in its log. */
async function withOthers<T extends Listed>(
  ports: Pick<ManagePorts, 'replica'>,
  own: readonly T[],
  { query, limit }: { readonly query: Query; readonly limit: number },
) {
  const { replica } = ports;
  if (replica === undefined) return { items: own };
  const of = (name: string, items: readonly T[]) => items.map((item) => ({ ...item, replica: name }));
  // Numbers are each replica's own: the pages before a number are, too.
  if (isHere(query) || one(query, 'before') !== undefined) return { items: of(replica.name, own) };
  const { answers, silent } = await replica.ask(`/weft/v1/audit?${hereText(query)}`);
  const theirs = answers.flatMap(({ replica: name, body }) => of(name, (body as { readonly items: readonly T[] }).items));
  const items = [...of(replica.name, own), ...theirs].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, limit);
  return { items, ...(silent.length === 0 ? {} : { silent }) };
}

export function auditRoutes(ports: Pick<ManagePorts, 'store' | 'replica'>): readonly WeftRoute[] {
  const { store, replica } = ports;
  return [
    {
      method: 'GET',
      path: '/audit',
      permission: { kind: 'weft', verb: 'list', resource: 'auditrecords', in: 'query' },
      answer: async ({ query }) => {
        const namespace = one(query, 'namespace') || undefined;
        const before = count(query, 'before');
        const limit = Math.min(count(query, 'limit') ?? PAGE, MOST);
        const own = store.auditRecords({ limit, ...(before === undefined ? {} : { before }), ...(namespace === undefined ? {} : { namespace }) });
        return withOthers(ports, own, { query, limit });
      },
    },
    {
      method: 'GET',
      path: '/audit/verdict',
      permission: { kind: 'weft', verb: 'list', resource: 'auditrecords', in: 'everywhere' },
      answer: async ({ query }) => {
        const own = store.verifyAudit();
        if (replica === undefined || isHere(query)) return own;
        const { answers, silent } = await replica.ask(`/weft/v1/audit/verdict?${hereText(query)}`);
        const others = answers.map(({ replica: name, body }) => ({ replica: name, verdict: body }));
        return { ...own, replica: replica.name, others, ...(silent.length === 0 ? {} : { silent }) };
      },
    },
  ];
}
