// Nobody gives away what they do not have: writing a role needs what it says (or the verb escalate), writing a binding needs what its
// role says (or the verb bind). As Kubernetes.
import type { Diagnostic } from '../../base/index.ts';
import { type BindingSpec, type Document, diagnostic, originOf, type PolicyRule, type RoleSpec } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import { manageError } from '../errors.ts';
import type { Permit } from '../permit.ts';
import { RBAC_GROUP, rulesOf } from './authorizer.ts';
import { BUILT_IN_ROLES } from './built-in.ts';
import { describeRule, uncovered } from './rules.ts';

const isRbac = ({ apiVersion }: Document): boolean => apiVersion.startsWith(`${RBAC_GROUP}/`);

function refuse(permit: Permit, document: Document, missing: readonly PolicyRule[]): never {
  const words = missing.slice(0, 5).map(describeRule).join(', ');
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  throw manageError(
    'forbidden',
    `user "${permit.caller.user}" would give with ${document.kind} "${document.metadata.name}" what they do not have themselves: ${words}${more}`,
  );
}

function role(document: Document, permit: Permit): readonly Diagnostic[] {
  const { name, namespace } = document.metadata;
  if (document.kind === 'ClusterRole' && BUILT_IN_ROLES.has(name))
    return [diagnostic('WEFT2202', originOf(document, 'metadata.name'), `the role ${name} is built in`)];
  const plural = document.kind === 'Role' ? 'roles' : 'clusterroles';
  const missing = uncovered(permit.rules(namespace), (document.spec as unknown as RoleSpec).rules);
  if (missing.length > 0 && !permit.allows({ verb: 'escalate', group: RBAC_GROUP, resource: plural, namespace, name })) refuse(permit, document, missing);
  return [];
}

function binding(document: Document, current: Document | undefined, permit: Permit, store: Pick<Store, 'get' | 'list'>): readonly Diagnostic[] {
  const { roleRef } = document.spec as unknown as BindingSpec;
  const { namespace } = document.metadata;
  const before = current === undefined ? undefined : (current.spec as unknown as BindingSpec).roleRef;
  if (before !== undefined && (before.kind !== roleRef.kind || before.name !== roleRef.name))
    return [diagnostic('WEFT2203', originOf(document, 'roleRef'), `the binding is for ${before.kind} ${before.name}, not ${roleRef.kind} ${roleRef.name}`)];
  const rules = rulesOf(store, roleRef, namespace);
  const plural = roleRef.kind === 'Role' ? 'roles' : 'clusterroles';
  const missing = rules === undefined ? undefined : uncovered(permit.rules(namespace), rules);
  if (missing?.length !== 0 && !permit.allows({ verb: 'bind', group: RBAC_GROUP, resource: plural, namespace, name: roleRef.name }))
    refuse(
      permit,
      document,
      missing ?? [{ verbs: ['bind'], apiGroups: [RBAC_GROUP], resources: [plural], resourceNames: [roleRef.name], nonResourceURLs: [] }],
    );
  return rules === undefined ? [diagnostic('WEFT2201', originOf(document, 'roleRef.name'), `there is no ${roleRef.kind} ${roleRef.name}`)] : [];
}

/** Diagnostics of a role or binding that is to be written over `current`; throws `forbidden` when it would give too much. Others pass. */
export function checkGrant(document: Document, current: Document | undefined, permit: Permit, store: Pick<Store, 'get' | 'list'>): readonly Diagnostic[] {
  if (!isRbac(document)) return [];
  return document.kind.endsWith('Binding') ? binding(document, current, permit, store) : role(document, permit);
}
