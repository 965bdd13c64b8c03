import type { Diagnostic, Origin } from '../../base/index.ts';
import {
  type CheckedResource,
  ClusterLoadAssignmentSchema,
  ClusterSchema,
  checkedResource,
  type Hash,
  makeResource,
  type Resource,
} from '../../envoy/index.ts';
import { diagnostic } from '../../model/index.ts';
import { policiesBehind } from '../plan/policies.ts';
import type { ServicePlan, ServicePortPlan, View } from '../plan.ts';
import { emitCluster } from './cluster.ts';
import { emitEndpoints } from './endpoints.ts';
import { emitRouteTable } from './routes.ts';
import { isTunnelled } from './tunnel.ts';

/** Which kinds of resource of a service are wanted; all of them unless said otherwise. */
export interface Parts {
  readonly clusters: boolean;
  readonly endpoints: boolean;
  readonly routes: boolean;
}

export interface Emitted {
  readonly resources: readonly Resource[];
  /** What was left out because Envoy would refuse it (WEFT1502); its last good version stays in force. */
  readonly diagnostics: readonly Diagnostic[];
}

const EVERYTHING: Parts = { clusters: true, endpoints: true, routes: true };

/** The shared resources of one service as one view sees it, each encoded once. */
export function emitService(plan: ServicePlan, hash: Hash, which: Parts = EVERYTHING): Emitted {
  const resources: Resource[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const port of [...plan.ports, ...plan.subsets]) {
    const parts = [
      ...(which.clusters ? [checkedCluster(port, plan, hash)] : []),
      ...(which.endpoints && hasEndpoints(port, plan.view) ? [checkedEndpoints(port, hash)] : []),
      ...(which.routes && port.routesName !== '' ? [checkedRoutes(port, hash)] : []),
    ];
    for (const part of parts) {
      resources.push(...part.resources);
      diagnostics.push(...part.diagnostics);
    }
  }
  return { resources, diagnostics };
}

/** Envoy itself looks up what only has a name. */
function hasEndpoints({ cluster: { external } }: ServicePortPlan, view: View): boolean {
  if (external !== undefined && isTunnelled(external, view)) return false;
  return external === undefined || external.resolution === 'static' || external.egress !== undefined;
}

/** A resource when it keeps Envoy's rules, or what they say, at the place that caused it. */
export function accepted(checked: CheckedResource, at: Origin): Emitted {
  if ('resource' in checked) return { resources: [checked.resource], diagnostics: [] };
  return { resources: [], diagnostics: checked.violations.map(({ path, rule }) => diagnostic('WEFT1502', at, `Envoy would refuse ${path}: ${rule}`)) };
}

function checkedCluster(port: ServicePortPlan, plan: ServicePlan, hash: Hash): Emitted {
  const init = emitCluster(port, plan.view);
  const { name, origins } = port.cluster;
  const slowToWarm = (init.healthChecks ?? []).length > 0 || !hasEndpoints(port, plan.view);
  return accepted(checkedResource({ type: 'cluster', name, desc: ClusterSchema, init, origins, hash, slowToWarm }), port.origin);
}

function checkedEndpoints(port: ServicePortPlan, hash: Hash): Emitted {
  const init = emitEndpoints(port);
  const origins = [port.origin];
  return accepted(checkedResource({ type: 'endpoints', name: port.cluster.name, desc: ClusterLoadAssignmentSchema, init, origins, hash }), port.origin);
}

function checkedRoutes(port: ServicePortPlan, hash: Hash): Emitted {
  const { bytes, diagnostics } = emitRouteTable(port);
  if (diagnostics.length > 0) return { resources: [], diagnostics };
  const origins = routeOrigins(port);
  return { resources: [makeResource({ type: 'routes', name: port.routesName, pieces: [bytes], origins, hash })], diagnostics: [] };
}

/** Documents behind a route table, each once: what is blamed when Envoy refuses it. */
function routeOrigins(port: ServicePortPlan): readonly Origin[] {
  const origins: Origin[] = [];
  const names = new Map<string, Set<string>>();
  let last: Origin | undefined;
  let known = new Set<string>();
  // Most routes of a table share what policies add to them. Documents that add up are known by what each of them adds.
  const actings = [...new Set(port.routes.map((route) => route.acting))];
  const policies = [...new Set(actings.flatMap(policiesBehind))];
  for (const origin of [...port.routes.map((route) => route.origin), port.origin, ...policies]) {
    // Tables have thousands of routes, nearly all of one kind and namespace: no text is made for each of them.
    if (origin.kind !== last?.kind || origin.namespace !== last.namespace) {
      const place = `${origin.kind}/${origin.namespace}`;
      known = names.get(place) ?? new Set<string>();
      names.set(place, known);
      last = origin;
    }
    if (known.has(origin.name)) continue;
    known.add(origin.name);
    origins.push(origin);
  }
  return origins;
}
