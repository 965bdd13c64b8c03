import type { Origin } from '../base/index.ts';
import type { RouteParent } from './entities.ts';
import { gatewayKey, serviceKey } from './keys.ts';
import type { ParentRefSpec } from './kinds/parent-ref.ts';
import { parentKindOf } from './kinds/parent-ref.ts';

/** The parents of a route; a parentRef that can be none was reported by the check of its kind. */
export function readParents(refs: readonly ParentRefSpec[], home: string, at: (path: string) => Origin): readonly RouteParent[] {
  return refs.flatMap((ref, index): readonly RouteParent[] => {
    const kind = parentKindOf(ref);
    const { name, namespace = home, port, sectionName } = ref;
    const place = {
      namespace,
      name,
      ...(port === undefined ? {} : { port }),
      ...(sectionName === undefined ? {} : { section: sectionName }),
      origin: at(`spec.parentRefs[${index}]`),
    };
    if (kind === undefined) return [];
    return [kind === 'Service' ? { kind, key: serviceKey(namespace, name), ...place } : { kind, key: gatewayKey(namespace, name), ...place }];
  });
}
