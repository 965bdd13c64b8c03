// Users of the management API with roles, for tests.
import type { TestApi } from './manage-api.ts';

const RBAC = 'rbac.authorization.k8s.io/v1';

/** The Authorization header of a new user. */
export async function makeUser(api: TestApi, user: string, groups: readonly string[] = []): Promise<string> {
  const reply = await api.call('POST', '/weft/v1/users/tokens', { body: { user, groups } });
  if (reply.status !== 200) throw new Error(reply.body.message);
  return `Bearer ${reply.body.token}`;
}

/** Gives a ClusterRole to a user: in a namespace, or everywhere. */
export async function bind(api: TestApi, user: string, role: string, namespace?: string): Promise<void> {
  const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  const metadata = { name: `${user}-${role}`, ...(namespace === undefined ? {} : { namespace }) };
  const body = { documents: [{ apiVersion: RBAC, kind, metadata, subjects: [{ kind: 'User', name: user }], roleRef: { kind: 'ClusterRole', name: role } }] };
  const reply = await api.call('POST', '/weft/v1/apply', { body });
  if (reply.status !== 200) throw new Error(reply.body.message);
}
