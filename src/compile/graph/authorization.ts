// Rules of AuthorizationPolicies that hardly can be meant: what is denied anyway, and callers who are nobody.
import type { Diagnostic } from '../../base/index.ts';
import { diagnostic, type Mesh, type Policy, parseSpiffeId, spiffeId } from '../../model/index.ts';
import { AUTHORIZATION_POLICY, actionOf, authorizationRules, type Condition, isDry, type Match, type Rule } from '../../policy/index.ts';

/** WEFT2129 and WEFT2130 of one policy. */
export function authorizationFindings(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  if (policy.kind !== AUTHORIZATION_POLICY || actionOf(policy) !== 'ALLOW') return [];
  const rules = authorizationRules(policy, mesh.config.trustDomain);
  return [...rules.flatMap((rule) => nobodyFindings(mesh, policy, rule)), ...rules.flatMap((rule) => deniedFindings(mesh, policy, rule))];
}

const IDENTITIES = new WeakMap<Mesh['workloads'], ReadonlySet<string>>();

/** Whom the workloads of the mesh are. */
function identitiesOf(mesh: Mesh): ReadonlySet<string> {
  const known = IDENTITIES.get(mesh.workloads);
  if (known !== undefined) return known;
  const found = new Set(
    [...mesh.workloads.values()].map(({ namespace, serviceAccount }) => spiffeId(mesh.config.trustDomain, namespace, serviceAccount) as string),
  );
  IDENTITIES.set(mesh.workloads, found);
  return found;
}

/** Exact identities of the mesh's own trust domain that no workload has. Where nothing runs (files alone) nothing is said. */
function nobodyFindings(mesh: Mesh, policy: Policy, rule: Rule): readonly Diagnostic[] {
  if (mesh.workloads.size === 0) return [];
  const conditions = [...rule.sources.flat(), ...rule.when].filter(({ aspect, not }) => aspect.on === 'principal' && !not);
  return conditions.flatMap(({ any, path }) =>
    any.flatMap((match) => {
      if (match.kind !== 'exact' || identitiesOf(mesh).has(match.value)) return [];
      const parts = parseSpiffeId(match.value);
      if (!parts.ok || parts.value.trustDomain !== mesh.config.trustDomain) return [];
      const { namespace, serviceAccount } = parts.value;
      return [diagnostic('WEFT2129', { ...policy.origin, path: `spec.${path}` }, `no workload has service account ${namespace}/${serviceAccount}`)];
    }),
  );
}

const placesOf = ({ targets }: Policy): ReadonlySet<string> =>
  new Set(targets.map(({ kind, namespace, name, section = '' }) => `${kind}/${namespace}/${name}/${section}`));

/** Whether a policy holds wherever another one does: it is for the same, for the whole of it, for its namespace, or for the mesh. */
function holdsWherever(policy: Policy, other: Policy): boolean {
  const places = placesOf(policy);
  return (
    other.targets.length > 0 &&
    other.targets.every(
      ({ kind, namespace, name, section = '' }) =>
        places.has(`${kind}/${namespace}/${name}/${section}`) ||
        places.has(`${kind}/${namespace}/${name}/`) ||
        places.has(`Namespace//${namespace}/`) ||
        places.has('Mesh//default/'),
    )
  );
}

function deniedFindings(mesh: Mesh, policy: Policy, rule: Rule): readonly Diagnostic[] {
  for (const other of mesh.policies.values()) {
    if (other.kind !== AUTHORIZATION_POLICY || actionOf(other) !== 'DENY' || isDry(other) || !holdsWherever(other, policy)) continue;
    const winner = authorizationRules(other, mesh.config.trustDomain).find((each) => coversRule(each, rule));
    if (winner === undefined) continue;
    const words = `everything that the rule allows is denied by ${winner.path} of ${other.namespace}/${other.name}`;
    return [{ ...diagnostic('WEFT2130', { ...policy.origin, path: `spec.${rule.path}` }, words), by: { ...other.origin, path: `spec.${winner.path}` } }];
  }
  return [];
}

/** Whether one rule is about everything that another one is about, as far as that can be read off them; false when in doubt. */
export function coversRule(wide: Rule, narrow: Rule): boolean {
  const all = (conjunctions: readonly (readonly Condition[])[]): readonly (readonly Condition[])[] => (conjunctions.length === 0 ? [[]] : conjunctions);
  const within = (wider: readonly (readonly Condition[])[], narrower: readonly (readonly Condition[])[]): boolean =>
    all(narrower).every((some) => all(wider).some((each) => each.every((condition) => follows(condition, [...some, ...narrow.when]))));
  return within(wide.sources, narrow.sources) && within(wide.operations, narrow.operations) && wide.when.every((condition) => follows(condition, narrow.when));
}

const aspectOf = ({ aspect, not }: Condition): string => JSON.stringify([aspect, not]);

/** Whether a condition holds whenever all of some others do. */
function follows(condition: Condition, others: readonly Condition[]): boolean {
  return others.some((other) => {
    if (aspectOf(other) !== aspectOf(condition)) return false;
    const [wide, narrow] = condition.not ? [other.any, condition.any] : [condition.any, other.any];
    return narrow.every((match) => wide.some((each) => coversMatch(each, match)));
  });
}

function coversMatch(wide: Match, narrow: Match): boolean {
  if (JSON.stringify(wide) === JSON.stringify(narrow) || wide.kind === 'present') return true;
  if (!('value' in wide) || !('value' in narrow)) return false;
  if (wide.kind === 'prefix') return (narrow.kind === 'exact' || narrow.kind === 'prefix') && narrow.value.startsWith(wide.value);
  if (wide.kind === 'suffix') return (narrow.kind === 'exact' || narrow.kind === 'suffix') && narrow.value.endsWith(wide.value);
  return false;
}
