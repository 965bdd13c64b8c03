// What is wrong with an AuthorizationPolicy among the other documents: where it cannot be enforced, and what it says that means less there.
import type { Diagnostic, Origin } from '../../base/index.ts';
import {
  diagnostic,
  type GatewayKey,
  gatewayKey,
  type Listener,
  type Mesh,
  makeDocumentKey,
  type Policy,
  type PolicyTarget,
  selects,
  serviceKey,
  serviceParents,
  servicesOfWorkload,
  TARGET_GROUPS,
  type Workload,
  workloadsOfService,
} from '../../model/index.ts';
import {
  actionOf,
  authorizationRules,
  callersAt,
  conditionsOf,
  contributionOf,
  isDry,
  isOfRequests,
  planAuthorization,
  ROOT_NAMESPACE,
  ruleSetsOf,
} from '../../policy/index.ts';
import { targetOf } from './endpoints.ts';
import { inboundActing } from './policies.ts';
import { protocolOf } from './proxy.ts';

/** More workloads than this say nothing more about a policy. */
const MOST_WORKLOADS = 20;

/** Everything there is to say of a policy beside its own fields. */
export function authorizationDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  return [
    ...policy.targets.flatMap((target) => targetDiagnostics(mesh, policy, target)),
    ...selectorDiagnostics(mesh, policy),
    ...portDiagnostics(mesh, policy),
  ];
}

function targetDiagnostics(mesh: Mesh, policy: Policy, target: PolicyTarget): readonly Diagnostic[] {
  const { kind, namespace, name, section, origin } = target;
  if (kind === 'Mesh' && policy.namespace !== ROOT_NAMESPACE)
    return [diagnostic('WEFT2122', origin, `a policy of namespace ${policy.namespace} is not heard for the whole mesh`)];
  if (kind === 'Gateway')
    return bytesOf(mesh, gatewayKey(namespace, name), section).flatMap((listener) => listenerDiagnostics(mesh, policy, { listener, origin }));
  const route = mesh.routes.get(makeDocumentKey(TARGET_GROUPS[kind], kind, namespace, name));
  const [inside] = route === undefined ? [] : serviceParents(route);
  return inside === undefined
    ? []
    : [diagnostic('WEFT2123', origin, `${kind} ${namespace}/${name} is for calls to Service ${inside.key}, where it is not enforced`)];
}

/** Listeners of a Gateway that read no requests. */
function bytesOf(mesh: Mesh, id: GatewayKey, section: string | undefined): readonly Listener[] {
  const listeners = mesh.gateways.get(id)?.listeners ?? [];
  return listeners.filter(({ name, protocol }) => (section === undefined || section === name) && protocol !== 'HTTP' && protocol !== 'HTTPS');
}

/** Of connections it is asked who comes from where, to which port, and by which name: with the first bytes that he sends, which with TLS that is passed on are his greeting. */
function listenerDiagnostics(mesh: Mesh, policy: Policy, at: { readonly listener: Listener; readonly origin: Origin }): readonly Diagnostic[] {
  const { name, protocol, tls } = at.listener;
  if (protocol === 'UDP') return [diagnostic('WEFT2127', at.origin, `listener "${name}" is for UDP: its datagrams are not decided about`)];
  const deny = actionOf(policy) === 'DENY';
  const what = deny ? 'the rule denies there whatever the rest of it is about' : 'the rule is about nothing there';
  const unread = authorizationRules(policy, mesh.config.trustDomain).flatMap((rule) => {
    const condition = conditionsOf(rule).find(isOfRequests);
    return condition === undefined
      ? []
      : [diagnostic('WEFT2125', { ...policy.origin, path: `spec.${condition.path}` }, `listener "${name}" is for ${protocol}: ${what}`)];
  });
  const greeted = protocol === 'TLS' && tls?.mode === 'Passthrough';
  if (greeted || isDry(policy) || actionOf(policy) === 'AUDIT') return unread;
  const hint = 'let it in at the Service behind it, or use it for protocols in which clients speak first';
  return [
    ...unread,
    diagnostic('WEFT2126', { ...policy.origin, path: 'spec' }, `listener "${name}" is for ${protocol}, and clients there have no identity`, hint),
  ];
}

function selected(mesh: Mesh, { selector, namespace }: Policy): readonly Workload[] {
  if (selector === undefined) return [];
  return [...mesh.workloads.values()].filter((each) => each.namespace === namespace && selects(selector, each.labels));
}

function selectorDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  if (policy.selector === undefined) return [];
  const at = { ...policy.origin, path: 'spec.selector' };
  const found = selected(mesh, policy);
  if (found.length === 0) return [diagnostic('WEFT2128', at, `no workload of namespace ${policy.namespace} has these labels`)];
  const gateway = found.find((each) => each.gateway !== undefined);
  if (gateway === undefined) return [];
  return [diagnostic('WEFT2127', at, `${gateway.key} is a proxy of Gateway ${gateway.gateway}, where selectors are not asked`, 'make the Gateway the target')];
}

/** Workloads that the policy is for by its own words: Services of its namespace, and its selector. */
function workloadsOf(mesh: Mesh, policy: Policy): readonly Workload[] {
  const named = policy.targets.flatMap(({ kind, namespace, name }) => {
    const service = kind === 'Service' && namespace === policy.namespace ? mesh.services.get(serviceKey(namespace, name)) : undefined;
    return service === undefined ? [] : workloadsOfService(mesh, service);
  });
  return [...new Set([...named, ...selected(mesh, policy)])].filter(({ gateway }) => gateway === undefined).slice(0, MOST_WORKLOADS);
}

interface Port {
  readonly port: number;
  readonly tcp: boolean;
  /** The policy is among those that hold there. */
  readonly held: boolean;
  /** What a list of callers cannot say is asked too late. */
  readonly late: boolean;
}

function portsOf(mesh: Mesh, workload: Workload, policy: Policy): readonly Port[] {
  const services = servicesOfWorkload(mesh, workload);
  return workload.ports.map((port) => {
    const { protocol } = protocolOf(services, workload, port);
    const { contributions } = inboundActing(mesh, { workload, port: port.port, protocol, kind: 'route' });
    const plan = contributionOf(contributions, 'authorization')?.plan;
    const holds = plan !== undefined && ruleSetsOf(plan).some(({ policies }) => policies.includes(policy));
    const enforced = plan !== undefined && [plan.deny, plan.allow].some(({ policies }) => policies.includes(policy));
    return { port: port.port, tcp: protocol === 'tcp', held: holds, late: enforced && protocol === 'tcp' && plan !== undefined && !callersAt(plan).exact };
  });
}

function portDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  const workloads = workloadsOf(mesh, policy);
  if (workloads.length === 0) return [];
  const ports = workloads.flatMap((workload) => portsOf(mesh, workload, policy)).filter(({ held }) => held);
  const late = ports.find((each) => each.late);
  const timing =
    late === undefined
      ? []
      : [diagnostic('WEFT2126', { ...policy.origin, path: 'spec' }, `on TCP port ${late.port} not all of it can be said by a list of callers`)];
  return [...nobodysPorts(mesh, policy, workloads), ...bytesDiagnostics(mesh, policy, ports), ...timing];
}

function nobodysPorts(mesh: Mesh, policy: Policy, workloads: readonly Workload[]): readonly Diagnostic[] {
  const known = new Set(workloads.flatMap((workload) => workload.ports.map(({ port }) => port)));
  return authorizationRules(policy, mesh.config.trustDomain)
    .flatMap(conditionsOf)
    .filter(({ aspect }) => aspect.on === 'port')
    .flatMap(({ any, path }) =>
      any.flatMap((match) => {
        if (match.kind !== 'port' || known.has(match.port)) return [];
        const meant = servedBy(mesh, workloads, match.port);
        const hint = meant === undefined ? undefined : `the Service's port ${match.port} is port ${meant} of the application: write ${meant}`;
        return [diagnostic('WEFT2124', { ...policy.origin, path: `spec.${path}` }, `no workload that the policy is for has port ${match.port}`, hint)];
      }),
    );
}

function servedBy(mesh: Mesh, [workload]: readonly Workload[], port: number): number | undefined {
  if (workload === undefined) return undefined;
  const [found] = servicesOfWorkload(mesh, workload).flatMap(({ ports }) => ports.filter((each) => each.port === port));
  return found === undefined ? undefined : targetOf(workload, found)?.port;
}

/** The first condition of each rule that has no meaning on a TCP port where the rule holds. */
function bytesDiagnostics(mesh: Mesh, policy: Policy, ports: readonly Port[]): readonly Diagnostic[] {
  const deny = actionOf(policy) === 'DENY';
  return authorizationRules(policy, mesh.config.trustDomain).flatMap((rule) => {
    const condition = conditionsOf(rule).find(isOfRequests);
    if (condition === undefined) return [];
    const reached = ports.find(({ port, tcp }) => tcp && isAbout(policy, rule.id, { trustDomain: mesh.config.trustDomain, port }));
    if (reached === undefined) return [];
    const what = deny ? 'the rule denies there whatever the rest of it is about' : 'the rule is about nothing there';
    return [diagnostic('WEFT2125', { ...policy.origin, path: `spec.${condition.path}` }, `port ${reached.port} speaks TCP: ${what}`)];
  });
}

/** Whether a rule is about a port at all, its conditions on requests aside. */
function isAbout(policy: Policy, id: string, { trustDomain, port }: { readonly trustDomain: string; readonly port: number }): boolean {
  const plan = planAuthorization([policy], { trustDomain, port, tcp: false });
  return plan !== undefined && ruleSetsOf(plan).some(({ rules }) => rules.some((each) => each.id === id));
}
