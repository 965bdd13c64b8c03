// What every policy has in common: what it is for. `...attachment(...)` goes into the schema of its spec.
import { z } from 'zod';
import type { TargetKind } from '../entities.ts';
import { fields, label, labels } from './fields.ts';

const GATEWAY_API = 'gateway.networking.k8s.io';

/** The API group of each kind that can be a target. */
export const TARGET_GROUPS: Readonly<Record<TargetKind, string>> = {
  Mesh: 'weft.dev',
  Namespace: '',
  Service: '',
  ExternalService: 'weft.dev',
  Gateway: GATEWAY_API,
  HTTPRoute: GATEWAY_API,
  GRPCRoute: GATEWAY_API,
  TCPRoute: GATEWAY_API,
  TLSRoute: GATEWAY_API,
};

/** Names of the fields of a spec that say what a policy is for. */
export const ATTACHMENT_FIELDS: readonly string[] = ['targetRefs', 'selector'];

const KINDS_WITHOUT_NAMESPACE: ReadonlySet<TargetKind> = new Set(['Mesh', 'Namespace']);

/**
 * `targetRefs` (NamespacedPolicyTargetReferenceWithSectionName of Gateway API; `group` may be left out, since a kind has only one) and,
 * where `selector` is true, `selector` for workloads of the policy's own namespace. One of the two must be given.
 */
export function attachment(kinds: readonly [TargetKind, ...TargetKind[]], options: { readonly selector?: boolean } = {}) {
  const target = fields({
    group: z.string().optional(),
    kind: z.enum(kinds),
    namespace: label.optional(),
    name: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters'),
    sectionName: z.string().min(1, 'must not be empty').max(253, 'must be at most 253 characters').optional(),
  }).superRefine((ref, context) => {
    const group = TARGET_GROUPS[ref.kind];
    const complain = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if (ref.group !== undefined && ref.group !== group && !(group === '' && ref.group === 'core')) complain('group', `must be "${group}" for a ${ref.kind}`);
    if (KINDS_WITHOUT_NAMESPACE.has(ref.kind) && ref.namespace !== undefined) complain('namespace', `must not be given: a ${ref.kind} has no namespace`);
    if (KINDS_WITHOUT_NAMESPACE.has(ref.kind) && ref.sectionName !== undefined) complain('sectionName', `must not be given: a ${ref.kind} has no sections`);
    if (ref.kind === 'Mesh' && ref.name !== 'default') complain('name', 'must be "default": there is one Mesh');
  });
  const targetRefs = z.array(target).max(16, 'at most 16 entries').default([]);
  return options.selector === true ? { targetRefs, selector: labels.optional() } : { targetRefs };
}
