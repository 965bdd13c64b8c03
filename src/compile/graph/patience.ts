// How long a call may take at most, read from the plans: attempts, tries, back-off, and what the callee itself waits for.
import type { Origin } from '../../base/index.ts';
import type { Mesh, ServiceKey } from '../../model/index.ts';
import { anyoneIn } from '../effective/spots.ts';
import { planService } from '../plan/service.ts';
import { viewOf } from '../plan/view.ts';
import type { RetryPlan, RouteAction, RoutePlan, TimeoutPlan } from '../plan.ts';
import type { CallGraph } from './calls.ts';

type Forward = Extract<RouteAction, { kind: 'forward' }>;
export type ForwardRoute = RoutePlan & { readonly action: Forward };

/** Routes that may take a call from a namespace ('' = the service's own), those of all its ports. */
export function routesSeenFrom(mesh: Mesh, service: ServiceKey, namespace: string): readonly ForwardRoute[] {
  const home = service.slice(0, service.indexOf('/'));
  const view = viewOf(mesh, anyoneIn(namespace === '' ? home : namespace), service);
  return planService(mesh, service, view).ports.flatMap((port) => port.routes.filter((route): route is ForwardRoute => route.action.kind === 'forward'));
}

export function namespaceOf(service: ServiceKey): string {
  return service.slice(0, service.indexOf('/'));
}

/** Services to which a route really sends. */
export function backendsOf({ action }: ForwardRoute): readonly ServiceKey[] {
  return [...new Set(action.backends.filter((each) => each.weight > 0 && each.unresolved === undefined).map((each) => each.service))];
}

/** What a service may wait for a service that it calls, and where that stands. */
export interface Wait {
  readonly ms: number;
  readonly to: ServiceKey;
  /** `3 × 1s`, `2s`. */
  readonly words: string;
  readonly origin: Origin;
}

/** Longest back-off before all tries of a retry plan: Envoy draws from 0 to (2^n - 1) × base, at most max. */
export function backoffMs({ attempts, baseBackoffMs, maxBackoffMs }: RetryPlan): number {
  let sum = 0;
  for (let attempt = 1; attempt <= attempts; attempt++) sum += Math.min((2 ** attempt - 1) * baseBackoffMs, maxBackoffMs);
  return sum;
}

export class Patience {
  readonly #mesh: Mesh;
  readonly #graph: CallGraph;
  readonly #known = new Map<ServiceKey, Wait | undefined>();

  constructor(mesh: Mesh, graph: CallGraph) {
    this.#mesh = mesh;
    this.#graph = graph;
  }

  /** The longest of the waits of a service for others; undefined when it calls nobody, or nobody whose answer is bounded. */
  longestWait(service: ServiceKey): Wait | undefined {
    if (this.#known.has(service)) return this.#known.get(service);
    this.#known.set(service, undefined); // in a circle the way back counts nothing
    let longest: Wait | undefined;
    for (const { to } of this.#graph.from(service))
      for (const route of routesSeenFrom(this.#mesh, to, namespaceOf(service))) {
        const wait = this.#waitFor(to, route);
        if (wait !== undefined && wait.ms > (longest?.ms ?? 0)) longest = wait;
      }
    this.#known.set(service, longest);
    return longest;
  }

  #waitFor(to: ServiceKey, route: ForwardRoute): Wait | undefined {
    const { timeout, retry } = route.action;
    const tries = retry.attempts + 1;
    const one = timeout.tryMs > 0 ? timeout.tryMs : Math.max(0, ...backendsOf(route).map((backend) => this.longestWait(backend)?.ms ?? 0));
    const all = one === 0 ? 0 : tries * one + backoffMs(retry);
    const origin = timeout.requestOrigin;
    if (timeout.requestMs > 0 && (all === 0 || timeout.requestMs <= all)) return { ms: timeout.requestMs, to, words: msWords(timeout.requestMs), origin };
    if (all === 0) return undefined;
    return { ms: all, to, words: tries === 1 ? msWords(one) : `${tries} × ${msWords(one)}`, origin: tryOrigin(route, timeout) };
  }
}

/** Where the timeout of one try stands. */
export function tryOrigin({ acting }: ForwardRoute, { requestOrigin }: TimeoutPlan): Origin {
  for (const effective of acting.effective) {
    const field = effective.fields.get('backendRequest');
    if (field !== undefined) return field.from.origin;
  }
  return requestOrigin;
}

export function msWords(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
