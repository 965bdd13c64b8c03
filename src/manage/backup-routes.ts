// GET /weft/v1/backup: everything, as lines. Only for those who may do everything: who has the key of the seal has the mesh.

import { manageError } from './errors.ts';
import type { ManagePorts } from './ports.ts';
import type { WeftRoute } from './routes.ts';

export function backupRoutes(ports: Pick<ManagePorts, 'backup'>): readonly WeftRoute[] {
  return [
    {
      method: 'POST',
      path: '/backup',
      permission: { kind: 'weft', verb: 'create', resource: 'backups', in: 'everywhere' },
      audit: { verb: 'backup', what: () => ({ what: 'everything', namespace: '' }) },
      stream: true,
      answer: () => {
        if (ports.backup === undefined) throw manageError('not-found', 'no backup can be made here');
        return ports.backup();
      },
    },
  ];
}
