// Who is let in by name. A fallback has another identity than the callers it passes on, so where AuthorizationPolicies ask who calls, whoever they
// may let in is told of the service at once, and what comes over the fallback is denied (policy/authorization/plan.ts).
import { type Mesh, type Policy, type Service, type ServiceKey, serviceKey, spiffeId, type Workload, workloadsOfService } from '../../model/index.ts';
import { AUTHORIZATION_POLICY, actionOf, asksWhoCalls, authorizationRules, isHeard, type Rule, ruleMatches } from '../../policy/index.ts';

/** Identities of the proxies of a fallback, sorted; none where there is no fallback. */
export function fallbackIdentities(mesh: Mesh): readonly string[] {
  const service = mesh.config.fallback === undefined ? undefined : mesh.services.get(mesh.config.fallback);
  if (service === undefined) return [];
  const known = IDENTITIES.get(mesh.workloads);
  if (known?.service === service && known.trustDomain === mesh.config.trustDomain) return known.ids;
  const members = workloadsOfService(mesh, service).filter(({ proxy }) => proxy?.capture.mode === 'fallback');
  const ids = [...new Set(members.map((each) => spiffeId(mesh.config.trustDomain, each.namespace, each.serviceAccount)))].sort();
  IDENTITIES.set(mesh.workloads, { service, trustDomain: mesh.config.trustDomain, ids });
  return ids;
}

const IDENTITIES = new WeakMap<Mesh['workloads'], { readonly service: Service; readonly trustDomain: string; readonly ids: readonly string[] }>();

/** A policy that asks who calls. */
interface Asking {
  readonly policy: Policy;
  /** Rules that let callers in; undefined: it denies, so anybody it is not about may be let in. */
  readonly rules: readonly Rule[] | undefined;
}

/** Where such policies are for everything, for a namespace, or for one service. */
interface Askings {
  readonly all: readonly Asking[];
  readonly ofNamespace: ReadonlyMap<string, readonly Asking[]>;
  readonly ofService: ReadonlyMap<ServiceKey, readonly Asking[]>;
}

const ASKINGS = new WeakMap<Mesh['policies'], { readonly trustDomain: string; readonly askings: Askings }>();

function askingOf(policy: Policy, trustDomain: string): Asking | undefined {
  if (policy.kind !== AUTHORIZATION_POLICY || actionOf(policy) === 'AUDIT' || !isHeard(policy)) return undefined;
  const rules = authorizationRules(policy, trustDomain);
  if (!rules.some(asksWhoCalls)) return undefined;
  return { policy, rules: actionOf(policy) === 'ALLOW' ? rules : undefined };
}

/** Once per set of policies. */
function askingsOf({ policies, config: { trustDomain } }: Mesh): Askings {
  const known = ASKINGS.get(policies);
  if (known?.trustDomain === trustDomain) return known.askings;
  const all: Asking[] = [];
  const ofNamespace = new Map<string, Asking[]>();
  const ofService = new Map<ServiceKey, Asking[]>();
  const add = <K>(to: Map<K, Asking[]>, key: K, asking: Asking): void => void to.set(key, [...(to.get(key) ?? []), asking]);
  for (const policy of policies.values()) {
    const asking = askingOf(policy, trustDomain);
    if (asking === undefined) continue;
    if (policy.selector !== undefined) add(ofNamespace, policy.namespace, asking);
    for (const { kind, namespace, name } of policy.targets) {
      if (kind === 'Mesh') all.push(asking);
      else if (kind === 'Namespace') add(ofNamespace, name, asking);
      else if (kind === 'Service') add(ofService, serviceKey(namespace, name), asking);
    }
  }
  const askings = { all, ofNamespace, ofService };
  ASKINGS.set(policies, { trustDomain, askings });
  return askings;
}

/** A policy for some workloads is taken to be for every service that may choose them. */
function isFor({ policy: { selector = {} } }: Asking, service: Service): boolean {
  return Object.entries(selector).every(([label, value]) => (service.selector?.[label] ?? value) === value);
}

const mayLetIn = ({ rules }: Asking, principal: string): boolean => rules === undefined || rules.some((rule) => ruleMatches(rule, { principal }) !== false);

const identityOf = (mesh: Mesh, { namespace, serviceAccount }: Workload): string => spiffeId(mesh.config.trustDomain, namespace, serviceAccount);

/** Whether a policy that asks who calls the service may let the workload in; false where none asks. */
export function isLetInByName(mesh: Mesh, workload: Workload, key: ServiceKey): boolean {
  const { all, ofNamespace, ofService } = askingsOf(mesh);
  const service = mesh.services.get(key);
  if (service === undefined || service.external !== undefined) return false;
  const askings = [...all, ...(ofNamespace.get(service.namespace) ?? []), ...(ofService.get(key) ?? [])].filter((each) => isFor(each, service));
  return askings.length > 0 && askings.some((each) => mayLetIn(each, identityOf(mesh, workload)));
}

/** All services for which that is so. */
export function letInByName(mesh: Mesh, workload: Workload): readonly ServiceKey[] {
  const { all, ofNamespace, ofService } = askingsOf(mesh);
  if (all.length === 0 && ofNamespace.size === 0) return [...ofService.keys()].filter((key) => isLetInByName(mesh, workload, key));
  return ([...mesh.services.keys()] as ServiceKey[]).filter((key) => isLetInByName(mesh, workload, key));
}
