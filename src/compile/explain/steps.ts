import type { ServiceKey } from '../../model/index.ts';
import { spiffeId } from '../../model/index.ts';
import { planService } from '../plan/service.ts';
import { viewOf } from '../plan/view.ts';
import type { RetryPlan, RoutePlan } from '../plan.ts';
import type { Evaluation } from './evaluate.ts';
import type { Call, ExplainStep, Hop } from './explain.ts';
import { backendName, conditionText, durationText, ruleName, shares } from './words.ts';

/** The lines of the caller's side from the route on. */
export function routeSteps(call: Call, evaluation: Evaluation, method: string): readonly ExplainStep[] {
  const { taken } = evaluation;
  if (taken === undefined) return [];
  const route = routeStep(call, evaluation, taken);
  if (taken.action.kind === 'unresolved')
    return [route, { subject: 'answer', value: String(taken.action.status), note: taken.action.why, origin: taken.origin }];
  const { backends } = taken.action;
  const clusters = shares(backends).map(({ backend, percent }) => {
    if (backend.unresolved !== undefined)
      return { subject: 'backend', value: backendName(backend), note: `${percent}, answered with 500: ${backend.unresolved}`, origin: backend.origin };
    const step = endpointStep(call, backend.service, backend.port);
    return backends.length === 1 ? step : { ...step, note: `${percent}, ${step.note}`, origin: backend.origin };
  });
  return [route, timeoutStep(call, taken), retryStep(taken.action.retry, method, call), ...clusters];
}

function routeStep({ plan }: Call, { passed, notReached }: Evaluation, taken: RoutePlan): ExplainStep {
  if (taken.rule === 'default' && taken.origin.kind === 'Service')
    return { subject: 'route', value: 'none', note: 'no HTTPRoute is attached: straight to the service', origin: taken.origin };
  const others = [...new Set(notReached.map(ruleName))].filter((name) => name !== ruleName(taken));
  const rest = others.length === 0 ? '' : `; ${others.slice(0, 3).join(', ')}${others.length > 3 ? ` and ${others.length - 3} more` : ''} not reached`;
  const order = plan.routes.length === 1 ? '' : `  (match ${passed.length + 1} of ${plan.routes.length}${rest})`;
  return { subject: 'route', value: ruleName(taken), note: `${conditionText(taken.match)}${order}`, origin: taken.match.origin };
}

function timeoutStep({ mesh }: Call, { action }: RoutePlan): ExplainStep {
  if (action.kind === 'unresolved') return { subject: 'timeout', value: 'none', note: '' };
  const { requestMs, tryMs, requestOrigin } = action.timeout;
  const standard = durationText(mesh.config.requestTimeoutMs);
  const note =
    requestOrigin.kind === 'Mesh'
      ? requestMs === mesh.config.requestTimeoutMs
        ? 'Mesh default'
        : 'gRPC: the deadline of the call itself'
      : `overrides Mesh default ${standard}`;
  return { subject: 'timeout', value: durationText(requestMs), note: tryMs === 0 ? note : `${note}; each try ${durationText(tryMs)}`, origin: requestOrigin };
}

function retryStep({ attempts, safeMethods }: RetryPlan, method: string, { mesh }: Call): ExplainStep {
  const { origin, retryBudgetPercent } = mesh.config;
  if (attempts === 0) return { subject: 'retries', value: 'none', note: 'Mesh spec.traffic.retries.attempts is 0', origin };
  const safe = safeMethods.includes(method);
  const when = safe ? `${method} also after a reset` : `${method}: only when it did not reach an application`;
  return {
    subject: 'retries',
    value: `${attempts} on connect-failure, refused-stream${safe ? ', reset' : ''}`,
    note: `budget ${retryBudgetPercent} %; ${when}`,
    origin,
  };
}

/** Where the requests go: how many of the endpoints take any, and in which zones. */
export function endpointStep({ mesh, caller }: Call, key: ServiceKey, port: number): ExplainStep {
  const plan = planService(mesh, key, viewOf(mesh, caller, key)).ports.find((each) => each.port === port);
  const [namespace = '', name = ''] = key.split('/');
  const subject = { subject: 'cluster', value: `${name}.${namespace}:${port}` };
  if (plan === undefined) return { ...subject, note: 'does not exist' };
  const healthy = plan.endpoints.filter((endpoint) => endpoint.state === 'healthy');
  const zones = [...new Set(healthy.map((endpoint) => endpoint.zone).filter((zone) => zone !== ''))];
  const place = zones.length === 0 ? '' : `, zone${zones.length === 1 ? '' : 's'} ${zones.join(', ')}`;
  return { ...subject, note: `${healthy.length} of ${plan.endpoints.length} endpoints healthy${place}`, origin: plan.origin };
}

/** The callee's side of an HTTP call, once per service that may get it. */
export function inboundHop(call: Call, { action }: RoutePlan): readonly Hop[] {
  if (action.kind === 'unresolved') return [];
  const services = new Set(action.backends.filter((backend) => backend.weight > 0 && backend.unresolved === undefined).map((backend) => backend.service));
  return [...services].map((service) => ({ title: `inbound ${service.split('/')[1] ?? ''}`, steps: [tlsStep(call, service)] }));
}

export function tcpStep(call: Call): ExplainStep {
  return tlsStep(call, call.service.key);
}

function tlsStep({ mesh, caller }: Call, key: ServiceKey): ExplainStep {
  const client = spiffeId(mesh.config.trustDomain, caller.namespace, caller.serviceAccount);
  const servers = planService(mesh, key, viewOf(mesh, caller, key)).ports[0]?.cluster.serverIds ?? [];
  const server = servers.length === 0 ? 'nobody serves it yet' : `server must be ${servers.join(' or ')}`;
  return { subject: 'mutual TLS', value: 'required', note: `client is ${client}; ${server}`, origin: mesh.config.origin };
}
