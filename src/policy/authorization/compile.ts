import type { Origin } from '../../base/index.ts';
import {
  HttpRbacPerRouteSchema,
  type HttpRbacSchema,
  type Init,
  NetworkRBAC_EnforcementType,
  NetworkRbacSchema,
  type Packed,
  pack,
} from '../../envoy/index.ts';
import type { Policy } from '../../model/index.ts';
import type { AuthorizationFilterName, Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { callersAt } from './callers.ts';
import { type AuthorizationPlan, planAuthorization, type RuleSet, type Where } from './plan.ts';
import { rbac } from './rbac.ts';

/** Where a site is. Ports of workloads are part of its name; a gateway's proxies look at theirs themselves. */
export function whereOf({ name, protocol, trustDomain = '', via = [] }: Site): Where {
  const port = /^inbound:(\d+)$/.exec(name)?.[1];
  return { trustDomain, via, tcp: protocol === 'tcp', ...(port === undefined ? {} : { port: Number(port) }) };
}

type Rbac = Init<typeof HttpRbacSchema>;

/** What the three filters are told. Keys in logs and statistics begin with the prefixes. */
function filtersOf({ audit, deny, allow, dryDeny, dryAllow, strict }: AuthorizationPlan): readonly (readonly [AuthorizationFilterName, Rbac])[] {
  const has = ({ policies, rules }: RuleSet): boolean => policies.length > 0 || rules.length > 0;
  const both = [...allow.rules, ...dryAllow.rules];
  const found: readonly (readonly [AuthorizationFilterName, Rbac])[] = [
    ['weft.authz_audit', has(audit) ? { rules: rbac('LOG', audit.rules), rulesStatPrefix: 'audit_' } : {}],
    [
      'weft.authz_deny',
      {
        ...(has(deny) || strict.length > 0 ? { rules: rbac('DENY', deny.rules, strict), rulesStatPrefix: 'deny_' } : {}),
        ...(has(dryDeny) ? { shadowRules: rbac('DENY', dryDeny.rules), shadowRulesStatPrefix: 'deny_dry_' } : {}),
      },
    ],
    [
      'weft.authz_allow',
      {
        ...(has(allow) ? { rules: rbac('ALLOW', allow.rules), rulesStatPrefix: 'allow_' } : {}),
        ...(has(dryAllow) ? { shadowRules: rbac('ALLOW', both), shadowRulesStatPrefix: 'allow_dry_' } : {}),
      },
    ],
  ];
  return found.filter(([, config]) => Object.keys(config).length > 0);
}

const originOf = ({ origin }: Policy): Origin => ({ ...origin, path: 'spec' });

/** What policies add where requests or connections arrive. */
export function compileAuthorization(effective: Effective, site: Site): readonly Contribution[] {
  const where = whereOf(site);
  const plan = planAuthorization(effective.policies, where);
  if (plan === undefined) return [];
  const origins = [plan.deny, plan.allow, plan.audit, plan.dryDeny, plan.dryAllow].flatMap(({ policies }) => policies.map(originOf));
  const [origin] = origins;
  if (origin === undefined) return [];
  const said = { kind: 'authorization', plan, origin, origins } as const;
  if (!where.tcp) return [said, ...requests(plan, { origin, origins })];
  return [said, ...connections(plan, { origin, strangers: site.side === 'gateway' })];
}

interface Behind {
  readonly origin: Origin;
  readonly origins: readonly Origin[];
}

function requests(plan: AuthorizationPlan, behind: Behind): readonly Contribution[] {
  const filters = filtersOf(plan).map(([filter, config]): Contribution => {
    const packed = pack(HttpRbacPerRouteSchema, { rbac: { ...config, trackPerRuleStats: true } });
    return { kind: 'http-filter', filter, config: packed, ...behind };
  });
  const names = plan.allow.policies.map(({ namespace, name }) => `${namespace}/${name}`).sort();
  if (names.length === 0) return filters;
  return [...filters, { kind: 'blame', cause: 'authz', policy: names.join(','), origin: behind.origin }];
}

/**
 * A list for the handshake; filters where the list alone does not say it, and for what is only recorded. Who comes from outside (`strangers`, at Gateways) has no
 * identity of the mesh: filters decide about everybody.
 */
function connections(plan: AuthorizationPlan, { origin, strangers }: { readonly origin: Origin; readonly strangers: boolean }): readonly Contribution[] {
  const { matches, exact } = strangers ? { matches: undefined, exact: false } : callersAt(plan);
  const list: readonly Contribution[] = matches === undefined ? [] : [{ kind: 'callers', matches, origin }];
  return [
    ...list,
    ...filtersOf(plan).flatMap(([filter, { rules, shadowRules, shadowRulesStatPrefix }]): readonly Contribution[] => {
      const enforced = rules !== undefined && (!exact || filter === 'weft.authz_audit') ? { rules } : {};
      const shadow = shadowRules === undefined ? {} : { shadowRules, shadowRulesStatPrefix: shadowRulesStatPrefix ?? '' };
      const config = { ...enforced, ...shadow };
      return Object.keys(config).length === 0 ? [] : [{ kind: 'network-filter', filter, config: networkConfig(filter, config), origin }];
    }),
  ];
}

function networkConfig(filter: AuthorizationFilterName, config: Pick<Rbac, 'rules' | 'shadowRules' | 'shadowRulesStatPrefix'>): Packed {
  const statPrefix = `${filter.slice('weft.authz_'.length)}_`;
  return pack(NetworkRbacSchema, { ...config, statPrefix, enforcementType: NetworkRBAC_EnforcementType.ONE_TIME_ON_FIRST_BYTE });
}
