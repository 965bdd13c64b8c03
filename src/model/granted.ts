// Gateway API's ReferenceGrants: who may name what of another namespace.
import type { ReferenceGrant } from './route-entities.ts';

/** Who refers. */
export interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** What is referred to. */
export interface Referent extends Referrer {
  readonly name: string;
}

/** Whether a document may refer to another, by the grants of that one's namespace. */
export function grantedBy(grants: readonly ReferenceGrant[], from: Referrer, to: Referent): boolean {
  if (from.namespace === to.namespace) return true;
  return grants.some(
    (grant) =>
      grant.from.some((each) => each.group === from.group && each.kind === from.kind && each.namespace === from.namespace) &&
      grant.to.some((each) => each.group === to.group && each.kind === to.kind && (each.name === undefined || each.name === to.name)),
  );
}
