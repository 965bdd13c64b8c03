// Who asks. Names and groups are Kubernetes': bindings of roles speak of them.
import { parseSpiffeId } from '../model/index.ts';

export interface Caller {
  readonly user: string;
  readonly groups: readonly string[];
  /** How they proved it; for the audit log. */
  readonly by: 'admin token' | 'user token' | 'OIDC' | 'certificate';
}

/** Members may do everything; only the admin token of the data folder makes one a member. */
export const MASTERS = 'system:masters';
const AUTHENTICATED = 'system:authenticated';

/** Names that say something to Weft and Kubernetes themselves: nobody from outside may bring them along. */
export const isReserved = (name: string): boolean => name.startsWith('system:') || name === 'admin';

export const ADMIN: Caller = { user: 'admin', groups: [MASTERS, AUTHENTICATED], by: 'admin token' };

/** A person or program; reserved groups are left out, whoever claims them. */
export function namedCaller(user: string, groups: readonly string[], by: Caller['by']): Caller {
  return { user, groups: [...groups.filter((group) => !isReserved(group)), AUTHENTICATED], by };
}

/** A workload of the mesh, as Kubernetes names a service account; undefined for an id that is none of a workload. */
export function workloadCaller(spiffe: string): Caller | undefined {
  const parts = parseSpiffeId(spiffe);
  if (!parts.ok) return undefined;
  const { namespace, serviceAccount } = parts.value;
  return {
    user: `system:serviceaccount:${namespace}:${serviceAccount}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, AUTHENTICATED],
    by: 'certificate',
  };
}
