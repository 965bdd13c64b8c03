import {
  type HttpRoute,
  type Mesh,
  parentPorts,
  placeOf,
  routesOfService,
  type Service,
  type ServiceKey,
  type ServicePort,
  serviceParents,
} from '../../model/index.ts';
import { type Meant, meaningOf } from './meaning.ts';
import { byPrecedence, type Candidate } from './precedence.ts';
import { extensionsOf } from './route-filters.ts';

export interface Attached {
  readonly routes: number;
  readonly candidates: readonly Candidate[];
}

/** From this share of changed routes on, sorting anew is cheaper than putting each in its place. */
const REBUILD_SHARE = 0.1;

/**
 * The matches of one namespace's routes on a service (or on one port of it) in the order in which requests are tried, kept from one
 * mesh to the next: a change of one route among thousands costs its own matches and a look along a list. What it answers depends
 * on the list it is given and on nothing else; what it remembers only decides how long that takes.
 */
class Ledger {
  readonly #admits: (route: HttpRoute) => boolean;
  #source: readonly HttpRoute[] = [];
  #attached = 0;
  #candidates: readonly Candidate[] = [];
  #byMeaning: Map<string, readonly Candidate[]> | undefined;

  constructor(admits: (route: HttpRoute) => boolean) {
    this.#admits = admits;
  }

  /** How many routes there are, and every match of theirs by precedence. */
  candidates(source: readonly HttpRoute[]): Attached {
    this.#bring(source);
    return { routes: this.#attached, candidates: this.#candidates };
  }

  /** Those that mean the same as this match, by precedence: only the first is ever reached. */
  alike(source: readonly HttpRoute[], meant: Meant): readonly Candidate[] {
    this.#bring(source);
    this.#byMeaning ??= grouped(this.#candidates);
    return this.#byMeaning.get(meaningOf(meant)) ?? [];
  }

  #bring(source: readonly HttpRoute[]): void {
    if (source === this.#source) return;
    const { gone, come } = difference(this.#source, source);
    this.#source = source;
    const [left, arrived] = [gone.filter(this.#admits), come.filter(this.#admits)];
    this.#attached += arrived.length - left.length;
    const [out, into] = [left.flatMap(candidatesOfRoute), arrived.flatMap(candidatesOfRoute)];
    if (out.length + into.length === 0) return;
    if (out.length + into.length > this.#candidates.length * REBUILD_SHARE) this.#rebuild(out, into);
    else
      for (const [candidates, put] of [
        [out, false],
        [into, true],
      ] as const)
        for (const one of candidates) this.#replace(one, put);
  }

  #rebuild(out: readonly Candidate[], into: readonly Candidate[]): void {
    const leaving = new Set(out);
    this.#candidates = [...this.#candidates.filter((one) => !leaving.has(one)), ...into].sort(byPrecedence);
    this.#byMeaning = undefined;
  }

  #replace(one: Candidate, put: boolean): void {
    this.#candidates = replaced(this.#candidates, one, put);
    const meaning = meaningOf(one);
    this.#byMeaning?.set(meaning, replaced(this.#byMeaning.get(meaning) ?? [], one, put));
  }
}

function replaced(list: readonly Candidate[], one: Candidate, put: boolean): readonly Candidate[] {
  const place = placeOf(list, one, byPrecedence);
  return put ? list.toSpliced(place, 0, one) : list.toSpliced(place, 1);
}

function grouped(candidates: readonly Candidate[]): Map<string, readonly Candidate[]> {
  const groups = new Map<string, Candidate[]>();
  for (const one of candidates) {
    const meaning = meaningOf(one);
    const group = groups.get(meaning);
    if (group === undefined) groups.set(meaning, [one]);
    else group.push(one);
  }
  return groups;
}

const CANDIDATES = new WeakMap<HttpRoute, readonly Candidate[]>();

function candidatesOfRoute(route: HttpRoute): readonly Candidate[] {
  const known = CANDIDATES.get(route);
  if (known !== undefined) return known;
  const candidates = route.rules.flatMap((rule, ruleAt) => {
    const extensions = extensionsOf(rule);
    return rule.matches.map((match, matchAt) => ({ route, rule, ruleAt, match, matchAt, extensions }));
  });
  CANDIDATES.set(route, candidates);
  return candidates;
}

/** Every match of every rule of any routes, by precedence. */
export function candidatesOf(routes: readonly HttpRoute[]): readonly Candidate[] {
  return routes.flatMap(candidatesOfRoute).sort(byPrecedence);
}

/** What only one of two lists has. Lists of successive meshes are alike but for a place or two. */
function difference(before: readonly HttpRoute[], after: readonly HttpRoute[]): { readonly gone: readonly HttpRoute[]; readonly come: readonly HttpRoute[] } {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  const [had, has] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const [old, now] = [new Set(had), new Set(has)];
  return { gone: had.filter((route) => !now.has(route)), come: has.filter((route) => !old.has(route)) };
}

/** Routes of one kind of one namespace. */
interface Whose {
  readonly namespace: string;
  readonly kind: HttpRoute['kind'];
}

const LEDGERS = new WeakMap<Service, Map<string, Ledger>>();

function ledgerOf(service: Service, port: ServicePort | undefined, { namespace, kind }: Whose): Ledger {
  const ledgers = LEDGERS.get(service) ?? new Map<string, Ledger>();
  LEDGERS.set(service, ledgers);
  const key = `${port?.port ?? ''} ${namespace} ${kind}`;
  const known = ledgers.get(key);
  if (known !== undefined) return known;
  const attaches = (route: HttpRoute): boolean =>
    port === undefined || serviceParents(route).some((parent) => parent.key === service.key && parentPorts(service, parent).includes(port));
  const ledger = new Ledger((route) => route.kind === kind && route.namespace === namespace && attaches(route));
  ledgers.set(key, ledger);
  return ledger;
}

/**
 * A namespace's routes that attach to a port of a service, and their matches in the order in which they are tried. Kinds are never
 * merged (Gateway API): GRPCRoutes, the more specific kind, have a port for themselves.
 */
export function attachedAt(mesh: Mesh, { service, port }: { readonly service: Service; readonly port: ServicePort }, namespace: string): Attached {
  const source = routesOfService(mesh, service.key);
  const grpc = ledgerOf(service, port, { namespace, kind: 'GRPCRoute' }).candidates(source);
  return grpc.routes > 0 ? grpc : ledgerOf(service, port, { namespace, kind: 'HTTPRoute' }).candidates(source);
}

/** The TCPRoute that has a TCP port of a service for the calls of a namespace's routes: the first by age. */
export function connectionRouteAt(
  mesh: Mesh,
  { service, port }: { readonly service: Service; readonly port: ServicePort },
  namespace: string,
): HttpRoute | undefined {
  const source = routesOfService(mesh, service.key);
  if (source.length === 0) return undefined;
  const [first] = ledgerOf(service, port, { namespace, kind: 'TCPRoute' }).candidates(source).candidates;
  return first?.route;
}

/** TLSRoutes of a namespace that attach to a TCP port of a service, by age. */
export function tlsRoutesAt(mesh: Mesh, { service, port }: { readonly service: Service; readonly port: ServicePort }, namespace: string): readonly HttpRoute[] {
  const source = routesOfService(mesh, service.key);
  if (source.length === 0) return [];
  return [
    ...new Set(
      ledgerOf(service, port, { namespace, kind: 'TLSRoute' })
        .candidates(source)
        .candidates.map(({ route }) => route),
    ),
  ];
}

/** The matches of routes of one kind on a service, which need not exist, that mean the same; the first of them gets the requests. */
export function alikeOn(mesh: Mesh, key: ServiceKey, { meant, ...whose }: Whose & { readonly meant: Meant }): readonly Candidate[] {
  const service = mesh.services.get(key);
  const admits = (route: HttpRoute): boolean => route.kind === whose.kind && route.namespace === whose.namespace;
  const ledger = service === undefined ? new Ledger(admits) : ledgerOf(service, undefined, whose);
  return ledger.alike(routesOfService(mesh, key), meant);
}
