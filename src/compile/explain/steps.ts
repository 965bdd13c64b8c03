import type { ServiceKey } from '../../model/index.ts';
import { spiffeId } from '../../model/index.ts';
import { KEY_EXCHANGES } from '../emit/tls.ts';
import { clusterName } from '../plan/names.ts';
import { planService } from '../plan/service.ts';
import type { RoutePlan, ServicePortPlan, WeightedBackend } from '../plan.ts';
import { type Admission, admissionSteps } from './authorize.ts';
import type { Evaluation } from './evaluate.ts';
import type { Call, ExplainStep, Hop } from './explain.ts';
import { externalOf, externalStep } from './external.ts';
import { filterSteps } from './filter-steps.ts';
import { localityNote } from './locality.ts';
import { clusterSteps, inboundSteps, policySteps } from './policy-steps.ts';
import { viewIn } from './view.ts';
import { answerText, backendName, conditionText, ruleName, shares } from './words.ts';

/** The lines of the caller's side from the route on. */
export function routeSteps(call: Call, evaluation: Evaluation, method: string): readonly ExplainStep[] {
  const { taken } = evaluation;
  if (taken === undefined) return [];
  const route = routeStep(call, evaluation, taken);
  if (taken.action.kind === 'unresolved')
    return [route, { subject: 'answer', value: String(taken.action.status), note: taken.action.why, origin: taken.origin }];
  if (taken.action.kind !== 'forward')
    return [route, ...filterSteps(taken), { subject: 'answer', value: answerText(taken.action), note: '', origin: taken.action.origin }];
  const { backends } = taken.action;
  const clusters = shares(backends).flatMap(({ backend, percent }): readonly ExplainStep[] => {
    if (backend.unresolved !== undefined)
      return [{ subject: 'backend', value: backendName(backend), note: `${percent}, answered with 500: ${backend.unresolved}`, origin: backend.origin }];
    if (backend.answer !== undefined)
      return [{ subject: 'backend', value: backendName(backend), note: `${percent}, ${answerText(backend.answer)}`, origin: backend.answer.origin }];
    const outside = externalOf(call, backend);
    const step = outside === undefined ? endpointStep(call, backend) : externalStep(outside);
    const shared = backends.length === 1 ? step : { ...step, note: `${percent}, ${step.note}`, origin: backend.origin };
    return [shared, ...clusterSteps(call, backend.service, backend.port)];
  });
  return [route, ...filterSteps(taken), ...policySteps(taken.acting, method).filter(({ subject }) => subject !== 'authz'), ...clusters];
}

function routeStep({ plan }: Call, { passed, notReached }: Evaluation, taken: RoutePlan): ExplainStep {
  if (taken.rule === 'default' && taken.origin.kind.endsWith('Service'))
    return { subject: 'route', value: 'none', note: 'no HTTPRoute is attached: straight to the service', origin: taken.origin };
  const others = [...new Set(notReached.map(ruleName))].filter((name) => name !== ruleName(taken));
  const rest = others.length === 0 ? '' : `; ${others.slice(0, 3).join(', ')}${others.length > 3 ? ` and ${others.length - 3} more` : ''} not reached`;
  const order = plan.routes.length === 1 ? '' : `  (match ${passed.length + 1} of ${plan.routes.length}${rest})`;
  return { subject: 'route', value: ruleName(taken), note: `${conditionText(taken.match, taken.narrowed)}${order}`, origin: taken.match.origin };
}

type Destination = Pick<WeightedBackend, 'service' | 'subset' | 'port'>;

/** The port, or the Subset's share of it, that requests of the caller go to: the very instance when one is called. */
export function portPlan(call: Pick<Call, 'mesh' | 'caller' | 'gateway' | 'plan'>, { service, subset, port }: Destination): ServicePortPlan | undefined {
  const { mesh, plan } = call;
  if (plan.instance !== undefined && service === plan.service && port === plan.port) return plan;
  const view = viewIn(call, service);
  const { ports, subsets } = planService(mesh, service, view);
  const whole = ports.find((each) => each.port === port);
  if (subset === undefined || whole === undefined) return whole;
  const name = clusterName(whole.host, port, view, subset);
  return subsets.find((each) => each.cluster.name === name);
}

/** Where the requests go: how many of the endpoints take any, and in which zones. */
export function endpointStep(call: Call, to: Destination): ExplainStep {
  const plan = portPlan(call, to);
  const subject = { subject: 'cluster', value: plan?.instance === undefined ? backendName(to) : plan.id };
  if (plan === undefined) return { ...subject, note: 'does not exist' };
  const healthy = plan.endpoints.filter((endpoint) => endpoint.state === 'healthy');
  const zones = [...new Set(healthy.map((endpoint) => endpoint.zone).filter((zone) => zone !== ''))];
  const place = zones.length === 0 ? '' : `, zone${zones.length === 1 ? '' : 's'} ${zones.join(', ')}`;
  const order = localityNote(plan, call.caller);
  return { ...subject, note: `${healthy.length} of ${plan.endpoints.length} endpoints healthy${order === '' ? place : `; ${order}`}`, origin: plan.origin };
}

/** The callee's side of an HTTP call, once per service that may get it. */
export function inboundHop(call: Call, { action }: RoutePlan, method: string, admissions: ReadonlyMap<ServiceKey, Admission>): readonly Hop[] {
  if (action.kind !== 'forward') return [];
  const inside = action.backends.filter((backend) => call.mesh.services.get(backend.service)?.external === undefined);
  const ports = new Map(inside.filter((backend) => backend.weight > 0 && backend.unresolved === undefined).map((backend) => [backend.service, backend.port]));
  return [...ports].map(([service, port]) => ({
    title: `inbound ${service.split('/')[1] ?? ''}`,
    steps: [tlsStep(call, service), ...admissionSteps(admissions.get(service)), ...inboundSteps(call, service, port, method)],
  }));
}

/** Who must show which identity. */
export function tlsStep(call: Call, key: ServiceKey): ExplainStep {
  const { mesh, caller, plan } = call;
  const client = spiffeId(mesh.config.trustDomain, caller.namespace, caller.serviceAccount);
  const first = plan.instance !== undefined && key === call.service?.key ? plan : planService(mesh, key, viewIn(call, key)).ports[0];
  const servers = first?.cluster.serverIds ?? [];
  const server = servers.length === 0 ? 'nobody serves it yet' : `server must be ${servers.join(' or ')}`;
  if (first?.cluster.plaintext === true)
    return {
      subject: 'mutual TLS',
      value: first.endpoints.every(({ plaintext }) => plaintext === true) ? 'none' : 'for some endpoints',
      note: 'a policy says that plaintext is sent',
    };
  const exchange = `TLS 1.3, ${KEY_EXCHANGES[0]} first`;
  return { subject: 'mutual TLS', value: 'required', note: `client is ${client}; ${server}; ${exchange}`, origin: mesh.config.origin };
}
