// A service's plan as lines that people can compare: what takes which requests where, and which policies hold.
import type { Mesh } from '../../model/index.ts';
import { conditionText, outcomeText, ruleName } from '../explain/words.ts';
import { type Acting, type Connecting, clusterActing, holdings } from '../plan/policies.ts';
import { callerOf } from '../plan/view.ts';
import type { RoutePlan, ServicePlan, ServicePortPlan } from '../plan.ts';

/** One line for each decision: equal lines, equal meaning. */
export function planLines(mesh: Mesh, { ports, view }: ServicePlan): readonly string[] {
  return ports.flatMap((port) => [
    `port ${port.port} ${port.protocol} at ${port.vip}`,
    ...port.routes.flatMap(routeLines),
    ...connectionLines(mesh, port, callerOf(view)),
    ...endpointLines(port),
  ]);
}

function routeLines(route: RoutePlan): readonly string[] {
  const { origin } = route;
  const name = origin.kind === 'Service' ? 'no route' : `${origin.kind} ${origin.namespace}/${origin.name} ${ruleName(route)}`;
  return [`  ${name}: ${conditionText(route.match)} → ${outcomeText(route)}`, ...policyLines(route.acting)];
}

function policyLines(acting: Acting): readonly string[] {
  return holdings(acting).flatMap(({ definition, effective }) => {
    const words = definition.words(effective, acting.site);
    if (words === undefined) return [];
    return [`    ${definition.subject} ${words.value}${words.note === undefined ? '' : `; ${words.note}`}`];
  });
}

function connectionLines(mesh: Mesh, { service, port }: ServicePortPlan, caller: Connecting): readonly string[] {
  const called = mesh.services.get(service);
  const found = called?.ports.find((each) => each.port === port);
  return called === undefined || found === undefined ? [] : policyLines(clusterActing(mesh, { service: called, port: found, ...caller }));
}

function endpointLines({ endpoints }: ServicePortPlan): readonly string[] {
  return endpoints.map(({ workload, address, port, state, weight, zone }) => {
    const more = [state, ...(weight === 1 ? [] : [`weight ${weight}`]), ...(zone === '' ? [] : [`zone ${zone}`])].join(', ');
    return `  endpoint ${workload} ${address}:${port} ${more}`;
  });
}
