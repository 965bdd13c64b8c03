// Where plans ask the policies. What holds for a port or a Gateway as a whole is worked out once; a route has something of its own only
// if a policy names it, or its rule says something itself.
import type { Origin } from '../../base/index.ts';
import {
  type HttpRoute,
  type Mesh,
  type Protocol,
  type RouteRule,
  type Service,
  type ServicePort,
  servicesOfWorkload,
  splitServiceKey,
  type Workload,
} from '../../model/index.ts';
import {
  type Contribution,
  compileAt,
  contributionOf,
  type Effective,
  effectiveAt,
  isNamed,
  joinedEffective,
  originsIn,
  type PolicyDefinition,
  policiesFor,
  policyOrigins,
  type RetryValues,
  type Site,
  type Subject,
  type TimeoutValues,
} from '../../policy/index.ts';
import { targetOf } from './endpoints.ts';
import { fallbackIdentities } from './let-in.ts';

/** What policies hold somewhere, kind by kind in the order of the list, and what follows from it there. */
export interface Acting {
  readonly site: Site;
  readonly effective: readonly Effective[];
  readonly contributions: readonly Contribution[];
}

/** The subject of calls to a port of a service. */
export function calledService({ key, namespace, name }: Service, { port, name: portName }: ServicePort): NonNullable<Subject['service']> {
  return { kind: splitServiceKey(key).kind, namespace, name, port, portName };
}

export interface Place {
  readonly mesh: Mesh;
  readonly site: Site;
  readonly subject: Subject;
  /** The entity whose document all of this is about: what is kept dies with it. */
  readonly owner: object;
}

const BASES = new WeakMap<object, Map<string, Acting>>();

/** One object as long as what holds is the same: plans are kept by it. */
function stable({ site, subject, owner }: Place, fresh: Acting): Acting {
  const kept = BASES.get(owner) ?? new Map<string, Acting>();
  const by = subject.gateway === undefined ? '' : `${subject.gateway.namespace}/${subject.gateway.name}`;
  const key = `${site.kind} ${site.side} ${site.protocol} ${site.name} ${subject.consumer} ${by} ${site.trustDomain ?? ''} ${site.via?.join(' ') ?? ''}`;
  const known = kept.get(key);
  if (known !== undefined && known.effective.length === fresh.effective.length && known.effective.every((one, at) => one === fresh.effective[at])) return known;
  BASES.set(owner, kept.set(key, fresh));
  return fresh;
}

function acting({ site }: Pick<Place, 'site'>, effective: readonly Effective[]): Acting {
  return { site, effective, contributions: policiesFor(site).flatMap((definition, at) => compileAt(definition, effective[at] ?? NOTHING, site)) };
}

/** What holds of one policy kind. */
export interface Holding {
  readonly definition: PolicyDefinition;
  readonly effective: Effective;
}

/** What holds at a site, kind by kind. */
export function holdings({ site, effective }: Acting): readonly Holding[] {
  return policiesFor(site).flatMap((definition, at) => {
    const each = effective[at];
    return each === undefined ? [] : [{ definition, effective: each }];
  });
}

/** Documents behind what holds at a site. Those that add up stand there only by what each of them adds. */
export function policiesBehind(acting: Acting): readonly Origin[] {
  const merged = holdings(acting).flatMap(({ definition, effective }) => (definition.additive ? [] : [effective]));
  return [...policyOrigins(merged), ...originsIn(acting.contributions)];
}

const NOTHING: Effective = { spec: {}, fields: new Map(), policies: [] };

/** What holds at a place, whatever the route. */
export function actingAt(place: Place): Acting {
  const { mesh, site, subject, owner } = place;
  const effective = policiesFor(site).map((definition) => effectiveAt(mesh, { definition, subject, protocol: site.protocol, owner }));
  return stable(place, acting(place, effective));
}

/** What holds for one rule of a route at a place: `base` itself when the rule has nothing of its own. */
export function actingForRule(place: Place, base: Acting, { route, rule }: { readonly route: HttpRoute; readonly rule: RouteRule }): Acting {
  const { mesh, site, subject } = place;
  const { kind } = route;
  if (kind === 'UDPRoute') return base;
  const named = isNamed(mesh, kind, route.namespace, route.name);
  const own = { ...subject, route: { kind, namespace: route.namespace, name: route.name, rule: rule.name } } as const;
  let differs = false;
  const effective = policiesFor(site).map((definition, at) => {
    if (!named && definition.inline(route, rule, () => rule.origin) === undefined) return base.effective[at] ?? NOTHING;
    differs = true;
    return effectiveAt(mesh, { definition, subject: own, protocol: site.protocol, inline: { route, rule }, owner: rule });
  });
  return differs ? acting(place, effective) : base;
}

const NO_ORIGIN = { kind: 'Mesh', namespace: '', name: 'default', path: '' } as const;
const NO_TIMEOUT: TimeoutValues = { requestMs: 0, tryMs: 0, requestOrigin: NO_ORIGIN };
const NO_RETRY: RetryValues = {
  attempts: 0,
  on: [],
  statusCodes: [],
  responseHeaders: [],
  methods: [],
  baseBackoffMs: 25,
  maxBackoffMs: 250,
  avoidPreviousHosts: false,
  avoidPreviousLocalities: false,
  hedge: false,
  origin: NO_ORIGIN,
};

/** How long, and how often: in Weft's words, since explain and the graph checks read them. */
export function patienceOf({ contributions }: Acting): { readonly timeout: TimeoutValues; readonly retry: RetryValues } {
  return {
    timeout: contributionOf(contributions, 'timeout')?.values ?? NO_TIMEOUT,
    retry: contributionOf(contributions, 'retry')?.values ?? NO_RETRY,
  };
}

/** Who connects: a namespace whose own policies hold for it, a Gateway that policies name; '' = whoever. */
export interface Connecting {
  readonly consumer: string;
  readonly gateway: string;
}

interface Connection extends Connecting {
  readonly service: Service;
  readonly port: ServicePort;
}

/** What holds for the cluster of a port, for whoever sees it as this consumer does. */
export function clusterActing(mesh: Mesh, { service, port, consumer, gateway }: Connection): Acting {
  const wildcard = service.external?.hosts.every(({ host }) => host.startsWith('*.')) === true ? { wildcard: true } : {};
  const outside = service.external === undefined ? {} : { outside: true, ...wildcard };
  const site: Site = { kind: 'cluster', side: 'outbound', protocol: port.protocol, name: `${service.host}:${port.port}`, ...outside };
  const [namespace = '', name = ''] = gateway.split('/');
  // Connections belong to the Gateway as a whole: to none of its listeners.
  const by = gateway === '' ? {} : { gateway: { namespace, name, listener: '' } };
  return actingAt({ mesh, site, subject: { service: calledService(service, port), ...by, consumer }, owner: port });
}

/** What policies say of the cluster of a port. */
export function clusterContributions(mesh: Mesh, called: Connection): readonly Contribution[] {
  return clusterActing(mesh, called).contributions;
}

export interface Arrival {
  readonly workload: Workload;
  readonly port: number;
  readonly protocol: Protocol;
  readonly kind: Site['kind'];
}

/**
 * What holds where requests arrive at a workload's port. Several services may lead there, and nobody can tell by which a request came: of
 * each kind the policies of the service that has most to say hold, of two with equally much those of the first; of kinds that add up, all.
 */
export function inboundActing(mesh: Mesh, { workload, port, protocol, kind }: Arrival): Acting {
  const via = fallbackIdentities(mesh);
  const { trustDomain } = mesh.config;
  const site: Site = { kind, side: 'inbound', protocol, name: `inbound:${port}`, trustDomain, ...(via.length === 0 ? {} : { via }) };
  const [subject = { workload, consumer: '' }, ...others] = arrivingAt(mesh, { workload, port });
  const place = { mesh, site, subject, owner: workload };
  if (others.length === 0) return actingAt(place);
  const effective = policiesFor(site).map((definition) => effectiveOnArrival(mesh, definition, { workload, port, protocol, owner: workload }));
  return stable(place, acting(place, effective));
}

/** What holds of one policy kind where requests arrive at a workload's port. */
export function effectiveOnArrival(
  mesh: Mesh,
  definition: PolicyDefinition,
  { owner, protocol, ...arrival }: Pick<Arrival, 'workload' | 'port' | 'protocol'> & { readonly owner: object },
): Effective {
  const found = arrivingAt(mesh, arrival).map((subject) => effectiveAt(mesh, { definition, subject, protocol, owner }));
  const [first, ...others] = found;
  // Whoever may not come in by one Service may not by another that leads to the same place.
  if (definition.union && first !== undefined) return joinedEffective([first, ...others]);
  return found.reduce((most, each) => (each.policies.length > most.policies.length ? each : most));
}

/** What is called there: one subject for each service that leads to it, or one without a service. */
function arrivingAt(mesh: Mesh, { workload, port }: Pick<Arrival, 'workload' | 'port'>): readonly Subject[] {
  const arrived = { workload, consumer: '' };
  const called = leadingTo(mesh, workload, port).map((each) => ({ ...arrived, service: calledService(...each) }));
  return called.length === 0 ? [arrived] : called;
}

/** The services that lead to a port of a workload, and their ports there. */
function leadingTo(mesh: Mesh, workload: Workload, port: number): readonly (readonly [Service, ServicePort])[] {
  return servicesOfWorkload(mesh, workload).flatMap((service) =>
    service.ports.filter((each) => targetOf(workload, each)?.port === port).map((each) => [service, each] as const),
  );
}

/** What policies add where requests arrive. */
export function inboundContributions(mesh: Mesh, arrival: Arrival): readonly Contribution[] {
  return inboundActing(mesh, arrival).contributions;
}
