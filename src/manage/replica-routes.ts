// /weft/v1/replica: what replicas of a control plane tell each other.
import { z } from 'zod';
import { manageError } from './errors.ts';
import type { ManagePorts } from './ports.ts';
import { flag, one } from './request.ts';
import { checked, type WeftRoute } from './routes.ts';

const TurnSchema = z.strictObject({ tallied: z.coerce.number().int().min(0) });

/** For those who may do everything: a report names every proxy. It answers `not-found` where a control plane is the only one. */
export function replicaRoutes(ports: Pick<ManagePorts, 'replica'>): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/replica',
      permission: { kind: 'weft', verb: 'get', resource: 'replicas', in: 'everywhere' },
      answer: ({ query }) => {
        if (ports.replica === undefined) throw manageError('not-found', 'this control plane has no replicas');
        const { tallied } = checked(TurnSchema, { tallied: one(query, 'tallied') ?? '0' });
        return ports.replica.report({ tallied, standings: flag(query, 'standings') });
      },
    },
  ];
}
