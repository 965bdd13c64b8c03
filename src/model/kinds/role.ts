// Who may do what at the management API: rbac.authorization.k8s.io/v1 as Kubernetes has it. Proxies never hear of these documents.
import { z } from 'zod';
import { fields } from './fields.ts';
import { defineKind, type Report } from './kind.ts';

const words = z.array(z.string().min(1, 'must not be empty'));

export const policyRule = fields({
  verbs: words.min(1, 'must name at least one verb'),
  apiGroups: z.array(z.string()).default([]),
  resources: words.default([]),
  resourceNames: words.default([]),
  nonResourceURLs: words.default([]),
});
export type PolicyRule = z.output<typeof policyRule>;

export const roleSchema = fields({ rules: z.array(policyRule).default([]) });
export type RoleSpec = z.output<typeof roleSchema>;

/** A path, or the beginning of one with `*` at its end. */
const isPathPattern = (text: string): boolean => text === '*' || /^\/[^*]*\*?$/.test(text);

function checkRule(rule: PolicyRule, path: string, report: Report): void {
  if (rule.nonResourceURLs.length > 0) {
    if (rule.resources.length + rule.apiGroups.length + rule.resourceNames.length > 0)
      report('WEFT2200', path, 'a rule is about resources or about nonResourceURLs, not about both', 'make two rules of it');
    for (const [at, url] of rule.nonResourceURLs.entries())
      if (!isPathPattern(url)) report('WEFT1204', `${path}.nonResourceURLs[${at}]`, `"${url}" is no path: it begins with "/" and may end with "*"`);
    return;
  }
  if (rule.resources.length === 0) report('WEFT2200', path, 'the rule names no resources', 'for example resources: [services]; "*" are all');
  if (rule.apiGroups.length === 0)
    report('WEFT2200', path, 'the rule names no apiGroups', 'write apiGroups: [""] for Services and Secrets, [weft.dev] for policies');
}

function checkRules(spec: RoleSpec, report: Report): void {
  for (const [at, rule] of spec.rules.entries()) checkRule(rule, `rules[${at}]`, report);
}

const common = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  shortNames: [],
  schema: roleSchema,
  specRequired: false,
  topLevel: true,
  columns: [],
} as const;

export const roleKind = defineKind({
  ...common,
  kind: 'Role',
  plural: 'roles',
  namespaced: true,
  summary: 'What may be done with documents of one namespace. A RoleBinding gives it to somebody.',
  check: ({ spec }, report) => {
    checkRules(spec, report);
    for (const [at, rule] of spec.rules.entries())
      if (rule.nonResourceURLs.length > 0) report('WEFT2200', `rules[${at}].nonResourceURLs`, 'paths belong to no namespace', 'write a ClusterRole');
  },
});

export const clusterRoleKind = defineKind({
  ...common,
  kind: 'ClusterRole',
  plural: 'clusterroles',
  namespaced: false,
  summary:
    'What may be done, in one namespace (with a RoleBinding) or everywhere (with a ClusterRoleBinding). cluster-admin, admin, edit and view are there already.',
  check: ({ spec }, report) => checkRules(spec, report),
});
