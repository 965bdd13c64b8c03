// /weft/v1/audit: who did what. Records of a namespace are for those who may read audit records there.
import type { ManagePorts } from './ports.ts';
import { count, one } from './request.ts';
import type { WeftRoute } from './routes.ts';

const PAGE = 100;
const MOST = 500;

export function auditRoutes({ store }: Pick<ManagePorts, 'store'>): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/audit',
      permission: { kind: 'weft', verb: 'list', resource: 'auditrecords', in: 'query' },
      answer: ({ query }) => {
        const namespace = one(query, 'namespace') || undefined;
        const before = count(query, 'before');
        const limit = Math.min(count(query, 'limit') ?? PAGE, MOST);
        return { items: store.auditRecords({ limit, ...(before === undefined ? {} : { before }), ...(namespace === undefined ? {} : { namespace }) }) };
      },
    },
    {
      method: 'GET',
      path: '/audit/verdict',
      permission: { kind: 'weft', verb: 'list', resource: 'auditrecords', in: 'everywhere' },
      answer: () => store.verifyAudit(),
    },
  ];
}
