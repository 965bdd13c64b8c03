// Policies as the compiler reads them, and where they are found: by what they name.
import type { Document, Policy, PolicyTarget, TargetKind } from './entities.ts';
import { documentKey } from './keys.ts';
import { originsOf } from './place.ts';

/** What `attachment()` parses. */
export interface PolicySpec extends Readonly<Record<string, unknown>> {
  readonly targetRefs: readonly { readonly kind: TargetKind; readonly namespace?: string; readonly name: string; readonly sectionName?: string }[];
  readonly selector?: Readonly<Record<string, string>>;
}

/** Where policies with a selector are found: all of a namespace, since labels change more often than policies. */
export const SELECTED = 'Workloads';

/** The place of the index for something that can be named; sections share the place of what they are a part of. */
export function policyPlace(kind: TargetKind | typeof SELECTED, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** Every place at which a policy is found, each once. */
export function placesOf(policy: Pick<Policy, 'namespace' | 'selector' | 'targets'>): ReadonlySet<string> {
  const places = new Set(policy.targets.map((target) => policyPlace(target.kind, target.namespace, target.name)));
  if (policy.selector !== undefined) places.add(policyPlace(SELECTED, policy.namespace, ''));
  return places;
}

/** A policy's document as an entity. `spec` is the output of its schema. */
export function readPolicy(document: Document, { targetRefs, selector, ...spec }: PolicySpec): Policy {
  const { namespace, name, creationTimestamp = '' } = document.metadata;
  const at = originsOf(document);
  const targets = targetRefs.map((ref, index): PolicyTarget => {
    const scoped = ref.kind !== 'Mesh' && ref.kind !== 'Namespace';
    return {
      kind: ref.kind,
      namespace: scoped ? (ref.namespace ?? namespace) : '',
      name: ref.name,
      ...(ref.sectionName === undefined ? {} : { section: ref.sectionName }),
      origin: at(`spec.targetRefs[${index}]`),
    };
  });
  return {
    key: documentKey(document),
    kind: document.kind,
    namespace,
    name,
    targets,
    ...(selector === undefined ? {} : { selector }),
    spec,
    createdAt: creationTimestamp,
    origin: at(''),
  };
}
