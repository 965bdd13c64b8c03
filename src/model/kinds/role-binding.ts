import { z } from 'zod';
import { fields, label } from './fields.ts';
import { defineKind, type Report } from './kind.ts';

const RBAC = 'rbac.authorization.k8s.io';

const subject = fields({
  kind: z.enum(['User', 'Group', 'ServiceAccount']),
  apiGroup: z.string().optional(),
  name: z.string().min(1, 'must not be empty').max(1024, 'must be at most 1024 characters'),
  namespace: label.optional(),
});
export type Subject = z.output<typeof subject>;

const reference = <K extends 'Role' | 'ClusterRole'>(kinds: readonly [K, ...K[]]) =>
  fields({ apiGroup: z.literal(RBAC).default(RBAC), kind: z.enum(kinds), name: z.string().min(1, 'must not be empty') });

const bindingSchema = fields({ subjects: z.array(subject).default([]), roleRef: reference(['Role', 'ClusterRole']) });
const clusterBindingSchema = fields({ subjects: z.array(subject).default([]), roleRef: reference(['ClusterRole']) });
export type BindingSpec = z.output<typeof bindingSchema>;

function checkSubjects(subjects: readonly Subject[], report: Report): void {
  for (const [at, { kind, apiGroup, namespace }] of subjects.entries()) {
    const path = `subjects[${at}]`;
    const group = kind === 'ServiceAccount' ? '' : RBAC;
    if (apiGroup !== undefined && apiGroup !== group) report('WEFT1204', `${path}.apiGroup`, `a ${kind} is of "${group}"`, 'leave apiGroup out');
    if (kind === 'ServiceAccount' && namespace === undefined) report('WEFT1201', path, 'a ServiceAccount needs its namespace');
    if (kind !== 'ServiceAccount' && namespace !== undefined) report('WEFT1204', `${path}.namespace`, `a ${kind} belongs to no namespace`, 'leave it out');
  }
}

const common = { apiVersion: `${RBAC}/v1`, shortNames: [], topLevel: true, columns: [{ name: 'ROLE', path: 'spec.roleRef.name' }] } as const;

export const roleBindingKind = defineKind({
  ...common,
  kind: 'RoleBinding',
  plural: 'rolebindings',
  namespaced: true,
  summary: 'Gives a Role, or a ClusterRole within this namespace, to users, groups and workloads.',
  schema: bindingSchema,
  check: ({ spec }, report) => checkSubjects(spec.subjects, report),
});

export const clusterRoleBindingKind = defineKind({
  ...common,
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  namespaced: false,
  summary: 'Gives a ClusterRole everywhere to users, groups and workloads.',
  schema: clusterBindingSchema,
  check: ({ spec }, report) => checkSubjects(spec.subjects, report),
});
