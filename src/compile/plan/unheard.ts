// Policies that are not heard where requests arrive: one of another Service decides there, or another program has the only place.
import type { Diagnostic } from '../../base/index.ts';
import {
  byAge,
  type Change,
  type DocumentKey,
  diagnostic,
  type Mesh,
  type Policy,
  type PolicyTarget,
  policiesAt,
  policyPlace,
  SELECTED,
  selects,
  serviceKey,
  servicesOfWorkload,
  splitDocumentKey,
  type TargetKind,
  type Workload,
  workloadKey,
  workloadsOfService,
} from '../../model/index.ts';
import { EXTENSION_POLICY, leavesOf } from '../../policy/index.ts';
import { arrivalsAt } from './arrivals.ts';

/** The fields of each kind that act in front of the application. */
const ARRIVING: Readonly<Record<string, RegExp>> = {
  FaultPolicy: /^/,
  RateLimitPolicy: /^/,
  MutualTLSPolicy: /^/,
  RequestAuthenticationPolicy: /^/,
  ExternalAuthorizationPolicy: /^/,
  ExtensionPolicy: /^/,
  AuthorizationPolicy: /^/,
  ConnectionPolicy: /^application\b/,
  CircuitBreakerPolicy: /^(inbound|shedding)\b/,
};
/** Kinds that act nowhere else. */
const ONLY_ARRIVING: ReadonlySet<string> = new Set([
  'FaultPolicy',
  'RateLimitPolicy',
  'MutualTLSPolicy',
  'AuthorizationPolicy',
  'RequestAuthenticationPolicy',
  'ExternalAuthorizationPolicy',
]);
/** Targets that lead to workloads. */
const ARRIVED_AT: ReadonlySet<TargetKind> = new Set(['Namespace', 'Service']);
/** More workloads than this say nothing more about a policy. */
const MOST_WORKLOADS = 20;

/** Against a policy: targets of other namespaces that never ask it, a fault without a beginning, and what another Service decides. */
export function unheardDiagnostics(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  const { kind, spec, createdAt, origin } = policy;
  const unborn = kind === 'FaultPolicy' && typeof spec['for'] === 'string' && createdAt === '';
  const beginning = unborn ? [diagnostic('WEFT1824', { ...origin, path: 'spec.for' }, 'nobody knows when it began: the document has no creation time')] : [];
  return [...beginning, ...policy.targets.flatMap((target) => foreign(policy, target) ?? outvoted(mesh, policy, target)), ...onlyOne(mesh, policy)];
}

function foreign({ kind, namespace: ours }: Policy, { kind: what, namespace, name, origin }: PolicyTarget): readonly Diagnostic[] | undefined {
  // Gateways and routes of others are spoken of elsewhere (WEFT1804).
  if (!ONLY_ARRIVING.has(kind) || !ARRIVED_AT.has(what) || (what === 'Namespace' ? name : namespace) === ours) return undefined;
  return [
    diagnostic(
      'WEFT1808',
      origin,
      `${what} ${what === 'Namespace' ? '' : `${namespace}/`}${name} is not in namespace ${ours}: the ${kind} has no effect on it`,
    ),
  ];
}

function outvoted(mesh: Mesh, policy: Policy, { kind, namespace, name, origin }: PolicyTarget): readonly Diagnostic[] {
  const fields = ARRIVING[policy.kind];
  const service = kind === 'Service' && namespace === policy.namespace ? mesh.services.get(serviceKey(namespace, name)) : undefined;
  if (fields === undefined || service === undefined || !leavesOf(policy.spec, []).some(([path]) => fields.test(path))) return [];
  for (const workload of workloadsOfService(mesh, service).slice(0, MOST_WORKLOADS)) {
    if (servicesOfWorkload(mesh, workload).length < 2) continue;
    const lost = arrivalsAt(mesh, workload).find((arrival) => arrival.heardBy(service, policy) && !arrival.held(policy));
    if (lost === undefined) continue;
    const by = lost.deciding(policy.kind);
    const words = by === undefined ? 'another Service leads there and' : `${by.kind} ${by.namespace}/${by.name} is for another Service that leads there, which`;
    return [diagnostic('WEFT1807', origin, `it does not hold at ${workload.key}:${lost.port}: ${words} decides`)];
  }
  return [];
}

const PROGRAMS = { extProc: 'weft.ext_proc', wasm: 'weft.wasm' } as const;

/** A request has one external processor, a workload one module. */
function onlyOne(mesh: Mesh, policy: Policy): readonly Diagnostic[] {
  if (policy.kind !== EXTENSION_POLICY) return [];
  const program = (['extProc', 'wasm'] as const).find((each) => policy.spec[each] !== undefined);
  if (program === undefined) return [];
  const rival = olderAlike(mesh, policy, program) ?? winnerBehind(mesh, policy, program);
  if (rival === undefined) return [];
  const message = `${policy.kind} ${rival.namespace}/${rival.name} has the only place for ${program === 'wasm' ? 'a Wasm module' : 'an external processor'}`;
  return [{ ...diagnostic('WEFT1874', { ...policy.origin, path: `spec.${program}` }, message), by: { ...rival.origin, path: `spec.${program}` } }];
}

/** An older one for the same target. */
function olderAlike(mesh: Mesh, policy: Policy, program: keyof typeof PROGRAMS): Policy | undefined {
  const { targets, kind, namespace } = policy;
  return targets
    .flatMap((target) => policiesAt(mesh, policyPlace(target.kind, target.namespace, target.name)).map((other) => ({ target, other })))
    .find(
      ({ target, other }) =>
        other.kind === kind &&
        other.key !== policy.key &&
        other.spec[program] !== undefined &&
        (target.kind === 'Mesh' || other.namespace === namespace) &&
        byAge(other, policy) < 0 &&
        other.targets.some((each) => each.kind === target.kind && each.name === target.name && each.section === target.section),
    )?.other;
}

/** Whose program runs in front of a workload where this one is heard as well. */
function winnerBehind(mesh: Mesh, policy: Policy, program: keyof typeof PROGRAMS): Policy | undefined {
  for (const workload of workloadsOf(mesh, policy).slice(0, MOST_WORKLOADS)) {
    const arrivals = arrivalsAt(mesh, workload);
    const makers = arrivals.map((arrival) => (arrival.held(policy) ? arrival.programOf(PROGRAMS[program]) : undefined));
    // A workload's module is that of its first port, whatever the others say.
    const first = program === 'wasm' ? arrivals.map((arrival) => arrival.programOf(PROGRAMS.wasm)).find((each) => each !== undefined) : undefined;
    const winner = [...makers, ...(makers.some((each) => each !== undefined) ? [first] : [])].find((each) => each !== undefined && each !== policy.key);
    if (winner !== undefined) return mesh.policies.get(winner);
  }
  return undefined;
}

function workloadsOf(mesh: Mesh, { targets, selector, namespace: ours }: Policy): readonly Workload[] {
  const picked = selector === undefined ? [] : [...mesh.workloads.values()].filter((each) => each.namespace === ours && selects(selector, each.labels));
  const named = targets.flatMap(({ kind, namespace, name }) => {
    const service = kind === 'Service' && namespace === ours ? mesh.services.get(serviceKey(namespace, name)) : undefined;
    return service === undefined ? [] : workloadsOfService(mesh, service);
  });
  return [...new Set([...named, ...picked])];
}

/** All of a namespace (or of the mesh), for a policy that is for all of it: it may outvote those of one Service there. */
function workloadsBeside(mesh: Mesh, { targets, namespace: ours }: Policy): readonly Workload[] {
  const everywhere = targets.some(({ kind }) => kind === 'Mesh');
  if (!everywhere && !targets.some(({ kind, name }) => kind === 'Namespace' && name === ours)) return [];
  return [...mesh.workloads.values()].filter(({ namespace }) => everywhere || namespace === ours);
}

/** Policies about which something else may have to be said: those of Services that share workloads, and those that select them. */
export function unheardNeighbours(mesh: Mesh, { kind, key }: Change): readonly DocumentKey[] {
  if (mesh.policies.size === 0) return [];
  const { namespace, name } = splitDocumentKey(key);
  const policy = mesh.policies.get(key);
  const workload = kind === 'Workload' ? mesh.workloads.get(workloadKey(namespace, name)) : undefined;
  const service = kind === 'Service' ? mesh.services.get(serviceKey(namespace, name)) : undefined;
  const workloads = workload !== undefined ? [workload] : service !== undefined ? workloadsOfService(mesh, service) : [];
  const about = policy === undefined || ARRIVING[policy.kind] === undefined ? workloads : [...workloadsOf(mesh, policy), ...workloadsBeside(mesh, policy)];
  const services = new Set(about.flatMap((each) => servicesOfWorkload(mesh, each)));
  const places = [...[...services].map((each) => policyPlace('Service', each.namespace, each.name)), policyPlace(SELECTED, namespace, '')];
  if (about.length === 0) return [];
  return places.flatMap((place) => policiesAt(mesh, place)).flatMap((each) => (ARRIVING[each.kind] === undefined ? [] : [each.key]));
}
