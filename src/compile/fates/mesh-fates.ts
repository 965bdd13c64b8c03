import { byAge, type Document, type Mesh, type Protocol, policiesAt, policyPlace } from '../../model/index.ts';
import { leavesOf, POLICIES } from '../../policy/index.ts';
import type { Fate } from './fate.ts';

const PROTOCOLS: readonly Protocol[] = ['http', 'h2c', 'grpc', 'tcp'];

/** Fields of the document `Mesh` that a policy for the whole mesh says too: the policy holds. */
export function configOverrides(mesh: Mesh, { kind }: Pick<Document, 'kind'>): readonly (readonly [path: string, fate: Fate])[] {
  if (kind !== 'Mesh') return [];
  const policies = [...policiesAt(mesh, policyPlace('Mesh', '', 'default'))].sort(byAge);
  return policies.flatMap((policy) => {
    const definition = POLICIES.find((each) => each.kind.kind === policy.kind);
    if (definition === undefined) return [];
    const mine = new Map(leavesOf(policy.spec, definition.atomic));
    return PROTOCOLS.flatMap((protocol) => definition.defaults(mesh.config, protocol, false)).flatMap((layer) =>
      leavesOf(layer.spec, definition.atomic).flatMap(([path]): readonly (readonly [string, Fate])[] => {
        const from = layer.originOf(path);
        if (from.kind !== 'Mesh' || !mine.has(path)) return [];
        return [
          [from.path, { kind: 'overridden', by: { ...policy.origin, path: `spec.${path}` }, words: `${policy.kind} ${policy.namespace}/${policy.name}` }],
        ];
      }),
    );
  });
}
