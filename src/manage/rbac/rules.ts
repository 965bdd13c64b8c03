// What a rule allows, and whether rules cover another one: the semantics of rbac.authorization.k8s.io/v1.
import type { PolicyRule } from '../../model/index.ts';
import type { Attributes } from './attributes.ts';

const has = (values: readonly string[], value: string): boolean => values.includes('*') || values.includes(value);

function hasResource(values: readonly string[], resource: string): boolean {
  if (has(values, resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && values.includes(`*${resource.slice(slash)}`);
}

function hasPath(patterns: readonly string[], path: string): boolean {
  return patterns.some((pattern) => pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1))));
}

export function ruleAllows(rule: PolicyRule, wanted: Attributes): boolean {
  if (!has(rule.verbs, wanted.verb)) return false;
  if ('path' in wanted) return hasPath(rule.nonResourceURLs, wanted.path);
  const { group, resource, name } = wanted;
  if (!has(rule.apiGroups, group) || !hasResource(rule.resources, resource)) return false;
  return rule.resourceNames.length === 0 || (name !== '' && rule.resourceNames.includes(name));
}

/** A rule taken apart: one verb, one group, one resource or path each. */
function* atoms(rule: PolicyRule): Generator<PolicyRule> {
  const empty = { apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [] };
  for (const verb of rule.verbs) {
    for (const url of rule.nonResourceURLs) yield { ...empty, verbs: [verb], nonResourceURLs: [url] };
    for (const group of rule.apiGroups)
      for (const resource of rule.resources) {
        const atom = { ...empty, verbs: [verb], apiGroups: [group], resources: [resource] };
        if (rule.resourceNames.length === 0) yield atom;
        for (const name of rule.resourceNames) yield { ...atom, resourceNames: [name] };
      }
  }
}

/** `*` is covered by `*` alone, a word by itself or `*`. */
function covers(own: PolicyRule, atom: PolicyRule): boolean {
  const [verb = ''] = atom.verbs;
  if (!has(own.verbs, verb)) return false;
  const [url] = atom.nonResourceURLs;
  if (url !== undefined) return hasPath(own.nonResourceURLs, url);
  const [group = ''] = atom.apiGroups;
  const [resource = ''] = atom.resources;
  const [name] = atom.resourceNames;
  if (!has(own.apiGroups, group) || !hasResource(own.resources, resource)) return false;
  return own.resourceNames.length === 0 || (name !== undefined && own.resourceNames.includes(name));
}

/** The parts of `wanted` that `own` does not give; empty when everything is covered. */
export function uncovered(own: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  return wanted.flatMap((rule) => [...atoms(rule)]).filter((atom) => !own.some((each) => covers(each, atom)));
}

/** One atom in words. */
export function describeRule({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): string {
  if (nonResourceURLs.length > 0) return `${verbs.join(',')} ${nonResourceURLs.join(',')}`;
  const group = apiGroups.join(',');
  return `${verbs.join(',')} ${resources.join(',')}${group === '' ? '' : `.${group}`}${resourceNames.length === 0 ? '' : ` "${resourceNames.join(',')}"`}`;
}
