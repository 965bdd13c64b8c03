// Which rules decide at a place: those of all policies that hold there, by action. DENY comes first; then, where at least one ALLOW policy holds,
// what none of its rules is about is denied; AUDIT and dry runs only record.
import type { Policy } from '../../model/index.ts';
import { rulesOf } from './read.ts';
import { type Aspect, type Condition, type Conjunction, conditionsOf, isOfRequests, type Rule } from './rules.ts';
import type { AuthorizationSpec } from './schema.ts';

export interface RuleSet {
  readonly rules: readonly Rule[];
  /** The documents, also those without a rule. */
  readonly policies: readonly Policy[];
}

/** What decides where requests or connections arrive. */
export interface AuthorizationPlan {
  readonly deny: RuleSet;
  readonly allow: RuleSet;
  readonly audit: RuleSet;
  /** What would deny if it were enforced. */
  readonly dryDeny: RuleSet;
  /** What would allow, together with `allow`, if it were enforced. */
  readonly dryAllow: RuleSet;
  /** Requests whose path (or host) can be read in two ways are refused where a rule that is enforced looks at it. */
  readonly strict: readonly Strict[];
}

/** What can be spelled so that a proxy and an application read it differently. */
export type Strict = 'host' | 'path';

/** All sets of a plan. */
export function ruleSetsOf({ deny, allow, audit, dryDeny, dryAllow }: AuthorizationPlan): readonly RuleSet[] {
  return [deny, allow, audit, dryDeny, dryAllow];
}

export interface Where {
  readonly trustDomain: string;
  /** Where the application listens; undefined where a proxy itself knows it (gateways). */
  readonly port?: number;
  readonly tcp: boolean;
  /** Identities that pass on what others ask. */
  readonly via?: readonly string[];
}

/** In the place of a policy's name: denied because it came over the fallback. */
export const VIA_RULE = 'weft/over-the-fallback';

/** The namespace whose policies may be for the whole mesh: since rules add up, anybody else's could let others in. */
export const ROOT_NAMESPACE = 'weft-system';

/** Whether a policy is heard: one for the whole mesh only from the root namespace. */
export function isHeard({ namespace, targets }: Pick<Policy, 'namespace' | 'targets'>): boolean {
  return namespace === ROOT_NAMESPACE || !targets.some(({ kind }) => kind === 'Mesh');
}

const specOf = (policy: Policy): AuthorizationSpec => policy.spec as unknown as AuthorizationSpec;
export const actionOf = (policy: Policy): 'ALLOW' | 'DENY' | 'AUDIT' => specOf(policy).action ?? 'ALLOW';
export const isDry = (policy: Policy): boolean => specOf(policy).enforcement === 'DryRun';

/** What a condition on the port comes to where the port is known. */
function portHolds({ any, not }: Condition, port: number): boolean {
  return any.some((match) => match.kind === 'port' && match.port === port) !== not;
}

/** A conjunction where the port is known: undefined when it can never hold. */
function folded(conjunction: Conjunction, { port }: Where): Conjunction | undefined {
  if (port === undefined) return conjunction;
  const left: Condition[] = [];
  for (const condition of conjunction) {
    if (condition.aspect.on !== 'port') left.push(condition);
    else if (!portHolds(condition, port)) return undefined;
  }
  return left;
}

/**
 * Bytes have no methods and no paths. As in Istio a rule that allows is then about nothing, and one that denies denies whatever the rest of it
 * is about: both fail closed.
 */
function forBytes(conjunction: Conjunction, deny: boolean): Conjunction | undefined {
  if (!conjunction.some(isOfRequests)) return conjunction;
  return deny ? conjunction.filter((condition) => !isOfRequests(condition)) : undefined;
}

function ruleAt(rule: Rule, where: Where, deny: boolean): Rule | undefined {
  const part = (conjunction: Conjunction): Conjunction | undefined => {
    const known = folded(conjunction, where);
    return known === undefined || !where.tcp ? known : forBytes(known, deny);
  };
  const when = part(rule.when);
  const sources = rule.sources.flatMap((each) => [part(each) ?? []].filter(() => part(each) !== undefined));
  const operations = rule.operations.flatMap((each) => [part(each) ?? []].filter(() => part(each) !== undefined));
  const dead = (rule.sources.length > 0 && sources.length === 0) || (rule.operations.length > 0 && operations.length === 0);
  return when === undefined || dead ? undefined : { ...rule, sources, operations, when };
}

function setOf(policies: readonly Policy[], where: Where, deny: boolean): RuleSet {
  const rules = policies.flatMap((policy) => rulesOf(policy, where.trustDomain)).flatMap((rule) => ruleAt(rule, where, deny) ?? []);
  return { policies, rules };
}

const reads = ({ rules }: RuleSet, aspect: Strict): boolean =>
  rules.some(({ operations, when }) => [...operations.flat(), ...when].some((condition) => condition.aspect.on === aspect));

const ASKS: ReadonlySet<Aspect['on']> = new Set(['principal', 'peer']);

/** Whether the answer of a rule depends on who has connected. */
export function asksWhoCalls(rule: Rule): boolean {
  return conditionsOf(rule).some(({ aspect }) => ASKS.has(aspect.on));
}

/**
 * Who passes on what others ask is not who asks. Where rules are about that he is let in by none of them: what he was asked by somebody who may is
 * asked again directly, and by anybody else never.
 */
function withoutVia(deny: RuleSet, allow: RuleSet, via: readonly string[]): RuleSet {
  if (via.length === 0 || ![...deny.rules, ...allow.rules].some(asksWhoCalls)) return deny;
  const any = via.map((value) => ({ kind: 'exact' as const, value }));
  const condition: Condition = { aspect: { on: 'principal' }, any, not: false, path: '' };
  const rule: Rule = { id: VIA_RULE, policy: VIA_RULE, path: '', sources: [[condition]], operations: [], when: [] };
  return { policies: deny.policies, rules: [...deny.rules, rule] };
}

/** The plan of a place. Order of the policies does not matter. */
export function planAuthorization(policies: readonly Policy[], where: Where): AuthorizationPlan | undefined {
  const heard = [...new Set(policies)].filter(isHeard);
  if (heard.length === 0) return undefined;
  const of = (action: string, dry: boolean): readonly Policy[] =>
    heard.filter((each) => actionOf(each) === action && (action === 'AUDIT' || isDry(each) === dry));
  const allow = setOf(of('ALLOW', false), where, false);
  const deny = withoutVia(setOf(of('DENY', false), where, true), allow, where.via ?? []);
  return {
    deny,
    allow,
    audit: setOf(of('AUDIT', false), where, false),
    dryDeny: setOf(of('DENY', true), where, true),
    dryAllow: setOf(of('ALLOW', true), where, false),
    strict: where.tcp ? [] : (['host', 'path'] as const).filter((aspect) => reads(deny, aspect) || reads(allow, aspect)),
  };
}
