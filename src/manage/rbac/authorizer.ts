// What bindings give to a caller. Read from the store at every question: who loses a role has lost it with that write.
import { type BindingSpec, type Document, makeDocumentKey, type PolicyRule, type RoleSpec, type Subject } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';
import { type Caller, MASTERS } from '../caller.ts';
import type { Attributes } from './attributes.ts';
import { BUILT_IN_ROLES } from './built-in.ts';
import { ruleAllows } from './rules.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

type Reader = Pick<Store, 'get' | 'list'>;

function isOf(subject: Subject, { user, groups }: Caller): boolean {
  if (subject.kind === 'User') return subject.name === user;
  if (subject.kind === 'Group') return groups.includes(subject.name);
  return user === `system:serviceaccount:${subject.namespace ?? ''}:${subject.name}`;
}

/** The rules of a role; undefined when it is not there. `namespace`: where the binding stands. */
export function rulesOf(store: Reader, { kind, name }: BindingSpec['roleRef'], namespace: string): readonly PolicyRule[] | undefined {
  if (kind === 'ClusterRole') {
    const builtIn = BUILT_IN_ROLES.get(name);
    if (builtIn !== undefined) return builtIn;
  }
  const document = store.get(makeDocumentKey(RBAC_GROUP, kind, kind === 'Role' ? namespace : '', name));
  return document === undefined ? undefined : (document.spec as unknown as RoleSpec).rules;
}

const bindingOf = (document: Document): BindingSpec => document.spec as unknown as BindingSpec;

export class Authorizer {
  readonly #store: Reader;

  constructor(store: Reader) {
    this.#store = store;
  }

  /** Everything that `caller` has in `namespace` (with what they have everywhere); '' = everywhere alone. */
  rules(caller: Caller, namespace: string): readonly PolicyRule[] {
    if (caller.groups.includes(MASTERS)) return BUILT_IN_ROLES.get('cluster-admin') ?? [];
    const everywhere = this.#store.list({ kind: `${RBAC_GROUP}/ClusterRoleBinding` }).documents;
    const here = namespace === '' ? [] : this.#store.list({ kind: `${RBAC_GROUP}/RoleBinding`, namespace }).documents;
    return [...everywhere, ...here]
      .filter((document) => bindingOf(document).subjects.some((subject) => isOf(subject, caller)))
      .flatMap((document) => rulesOf(this.#store, bindingOf(document).roleRef, document.metadata.namespace) ?? []);
  }

  allows(caller: Caller, wanted: Attributes): boolean {
    if (caller.groups.includes(MASTERS)) return true;
    return this.rules(caller, 'path' in wanted ? '' : wanted.namespace).some((rule) => ruleAllows(rule, wanted));
  }
}
