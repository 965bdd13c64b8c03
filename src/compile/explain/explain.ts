// What happens to a call, hop by hop, each line with the document that decides it. It reads the same plans that are emitted.
import type { Origin } from '../../base/index.ts';
import { type Mesh, type Service, scopesOfWorkload, type Workload } from '../../model/index.ts';
import { fallbackOf } from '../plan/automatic.ts';
import { directServices } from '../plan/scope.ts';
import { planService } from '../plan/service.ts';
import { hasConsumerRoutes, viewOf } from '../plan/view.ts';
import type { RoutePlan, ServicePortPlan, WeightedBackend } from '../plan.ts';
import { admissionAtGateway, admissionSteps, admissionsOf, denialOf } from './authorize.ts';
import { explainTcp } from './connections.ts';
import { type Evaluation, evaluate, type RequestShape } from './evaluate.ts';
import { externalStep, reachable } from './external.ts';
import { findCallee, findCaller, type Unknown } from './find.ts';
import { explainAtGateway, FROM_GATEWAY } from './gateway.ts';
import { patchSteps } from './patches.ts';
import { inboundHop, portPlan, routeSteps } from './steps.ts';
import type { Caller } from './view.ts';
import { answerText, outcomeText, ruleName } from './words.ts';

export interface ExplainQuestion {
  /** A workload or a service: `namespace/name`, or `name`. */
  readonly from: string;
  /** As an application would call it; with `:port` or `port`. */
  readonly to: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ExplainStep {
  readonly subject: string;
  readonly value: string;
  readonly note: string;
  readonly origin?: Origin;
}

export interface Hop {
  readonly title: string;
  readonly steps: readonly ExplainStep[];
}

export interface Verdict {
  readonly ok: boolean;
  readonly text: string;
  /** What to do next, or what would be otherwise under which condition. */
  readonly alternatives: readonly string[];
}

export interface Explanation {
  readonly title: string;
  readonly hops: readonly Hop[];
  readonly verdict: Verdict;
}

/** Explains a call. Never throws: a name that means nothing gets an answer with the nearest one that does. */
export function explain(mesh: Mesh, question: ExplainQuestion): Explanation {
  const asked = `${question.from} → ${question.to}  ${question.method} ${question.path}`;
  if (question.from.startsWith(FROM_GATEWAY)) return explainAtGateway(mesh, question);
  const caller = findCaller(mesh, question.from);
  if (!caller.ok) return unknown(asked, caller.error);
  const callee = findCallee(mesh, question.to, caller.value.namespace);
  if (!callee.ok) return unknown(asked, callee.error);
  const { service } = callee.value;
  const wanted = question.port ?? callee.value.port;
  const chosen = wanted ?? (service.ports.find((port) => port.port === 80) ?? service.ports[0])?.port;
  const ports = planService(mesh, service.key, viewOf(mesh, caller.value, service.key)).ports.filter((port) => port.port === chosen);
  const plan = ports.find((port) => port.host === callee.value.host) ?? ports[0];
  const name = service.external === undefined && plan?.instance === undefined ? `${service.name}.${service.namespace}` : (plan?.host ?? service.host);
  const title = `${caller.value.key} → ${name}:${chosen ?? '?'}  ${question.method} ${question.path}`;
  if (plan === undefined) return noPort(title, service, chosen);
  const hidden = hiddenBy(mesh, caller.value, service, title);
  return hidden ?? explainCall({ mesh, caller: caller.value, service, plan, title }, question);
}

function unknown(title: string, { text, alternatives }: Unknown): Explanation {
  return { title, hops: [], verdict: { ok: false, text, alternatives } };
}

function noPort(title: string, service: Service, port: number | undefined): Explanation {
  const has = service.ports.map((each) => each.port).join(', ');
  const step = { subject: `service ${service.name}`, value: service.vip, note: `ports ${has}`, origin: service.origin };
  const text = `Service ${service.key} has no port ${port ?? ''}: the connection is treated like one to any other address`;
  return { title, hops: [{ title: 'outbound', steps: [step] }], verdict: { ok: false, text, alternatives: [`ports of ${service.key}: ${has}`] } };
}

/** A workload without a proxy is not part of the mesh; one whose Scopes do not name the service cannot resolve its name. */
function hiddenBy(mesh: Mesh, caller: Workload, service: Service, title: string): Explanation | undefined {
  if (caller.proxy === undefined) {
    const step = { subject: 'workload', value: caller.key, note: 'has no proxy', origin: caller.origin };
    const text = `${caller.key} has no proxy: its calls do not go through the mesh, and peers refuse them (mutual TLS)`;
    return {
      title,
      hops: [{ title: 'outbound', steps: [step] }],
      verdict: { ok: false, text, alternatives: ['start it with: weft run --service NAME -- COMMAND'] },
    };
  }
  const visible = directServices(mesh, caller);
  if (visible === undefined || visible.has(service.key) || overFallback(mesh, caller, service) !== undefined) return undefined;
  const steps = scopesOfWorkload(mesh, caller).map((scope) => ({
    subject: 'scope',
    value: `${scope.namespace}/${scope.name}`,
    note: `does not name ${service.key}`,
    origin: scope.origin,
  }));
  const text = `${caller.key} does not see ${service.key}: its name does not resolve there`;
  return { title, hops: [{ title: 'outbound', steps }], verdict: { ok: false, text, alternatives: [`add "${service.key}" to spec.services of the Scope`] } };
}

/** The first connection to a service that a proxy was not told of yet: over the fallback, and then Weft knows. */
function overFallback(mesh: Mesh, caller: Workload, service: Service): ExplainStep | undefined {
  const fallback = scopesOfWorkload(mesh, caller).length > 0 ? undefined : fallbackOf(mesh, caller);
  if (fallback === undefined || directServices(mesh, caller)?.has(service.key) !== false) return undefined;
  const note = `${caller.namespace}/${caller.serviceAccount} has not called it yet: the first connection goes this way, and Weft learns from it`;
  return { subject: 'by way of', value: `fallback ${fallback}`, note, origin: service.origin };
}

export interface Call extends Caller {
  /** Absent at a Gateway, where no service is called but a host. */
  readonly service?: Service;
  readonly plan: ServicePortPlan;
  readonly title: string;
}

function explainCall(call: Call & { readonly service: Service }, question: ExplainQuestion): Explanation {
  const { service, plan, caller, mesh } = call;
  const consumer = hasConsumerRoutes(mesh, service.key, caller.namespace) ? `as namespace ${caller.namespace} sees it` : '';
  const first = {
    subject: `${service.external === undefined ? 'service' : 'external'} ${service.name}`,
    value: `${plan.vip}:${plan.port}`,
    note: consumer,
    origin: plan.origin,
  };
  const detour = overFallback(mesh, caller, service);
  const begin = detour === undefined ? [first] : [first, detour];
  if (plan.protocol === 'tcp') return plan.cluster.external === undefined ? explainTcp(call, begin) : explainExternalTcp(call, first);
  const request: RequestShape = { method: question.method, path: question.path, headers: Object.entries(question.headers), authority: service.host };
  return explainRequest(call, begin, { evaluation: evaluate(plan.routes, request), request });
}

interface Evaluated {
  readonly evaluation: Evaluation;
  readonly request: RequestShape;
}

/** From the decision on: the route that was taken, and what follows. */
export function explainRequest(call: Call, begin: readonly ExplainStep[], { evaluation, request }: Evaluated): Explanation {
  const { title, plan } = call;
  if (evaluation.taken === undefined) return noRoute(title, begin, evaluation);
  const steps = routeSteps(call, evaluation, request.method);
  const { taken } = evaluation;
  const first = admissionAtGateway(call, taken, request);
  const admissions = admissionsOf(call, taken, request);
  const inbound = inboundHop(call, taken, request.method, admissions);
  return {
    title,
    hops: [{ title: 'outbound', steps: [...begin, ...admissionSteps(first), ...steps, ...patchSteps(call)] }, ...inbound],
    verdict:
      (first?.denied && { ok: false, ...first.denied }) ?? denialOf(admissions, inbound.length) ?? verdictOf(call, taken, otherwise(plan, evaluation, request)),
  };
}

function explainExternalTcp(call: Call, first: ExplainStep): Explanation {
  const steps = [first, externalStep(call.plan)];
  const verdict = reachable(call.plan)
    ? { ok: true, text: 'the connection goes to the server outside; what it answers is not known here', alternatives: [] }
    : { ok: false, text: 'the connection is closed: no proxy of the egress gateway is ready', alternatives: [] };
  return { title: call.title, hops: [{ title: 'outbound', steps }], verdict };
}

function noRoute(title: string, begin: readonly ExplainStep[], { passed }: Evaluation): Explanation {
  const steps = passed.slice(0, 8).map(({ route, because }) => ({ subject: 'route', value: ruleName(route), note: because.text, origin: route.match.origin }));
  const more = passed.length > 8 ? [`${passed.length - 8} more matches do not fit either`] : [];
  const verdict = {
    ok: false,
    text: '404 expected: no match of any route takes this request (weft-reason: no-route)',
    alternatives: [...more, 'a rule without matches takes what is left'],
  };
  return { title, hops: [{ title: 'outbound', steps: [...begin, ...steps] }], verdict };
}

function verdictOf(call: Call, route: RoutePlan, alternatives: readonly string[]): Verdict {
  if (route.action.kind === 'unresolved') {
    return { ok: false, text: `${route.action.status} expected: ${route.action.why} (weft-reason: no-backend)`, alternatives };
  }
  if (route.action.kind !== 'forward') return { ok: true, text: `the proxy answers by itself: ${answerText(route.action)}`, alternatives };
  const { mesh } = call;
  const shares = route.action.backends.filter((backend) => backend.weight > 0);
  const dead = shares.filter((backend) => {
    if (backend.answer !== undefined) return false;
    const service = mesh.services.get(backend.service);
    if (service === undefined || backend.unresolved !== undefined) return true;
    const port = portPlan(call, backend);
    return port === undefined || !reachable(port);
  });
  if (dead.length === 0) return { ok: true, text: expectation(mesh, shares), alternatives };
  const names = [...new Set(dead.map((backend) => backend.service))].join(', ');
  const missing = dead.every((backend) => backend.unresolved !== undefined);
  const status = missing ? '500' : '503';
  const whole = dead.length === shares.length ? `${status} expected` : `part of the requests get ${status}`;
  const why = missing ? 'cannot be sent to (weft-reason: no-backend)' : 'has no endpoint that is ready (weft-reason: no-healthy-upstream)';
  const leaving = dead.flatMap((backend) => mesh.services.get(backend.service)?.external?.egress ?? [])[0];
  const start =
    leaving === undefined
      ? undefined
      : `start a proxy of its gateway: weft gateway --name ${leaving.gateway.split('/')[1]} -n ${leaving.gateway.split('/')[0]}`;
  const remedy =
    start ?? (missing ? 'apply the Service, or correct the backendRef' : `start one: weft run --service ${dead[0]?.service.split('/')[1] ?? ''} -- COMMAND`);
  return { ok: false, text: `${whole}: ${names} ${why}`, alternatives: [...alternatives, remedy] };
}

function expectation(mesh: Mesh, shares: readonly WeightedBackend[]): string {
  const outside = shares.some((backend) => mesh.services.get(backend.service)?.external !== undefined);
  return outside ? 'an answer is expected; that of a server outside is not known here' : 'an answer of the application is expected';
}

/** What would be otherwise: without the headers and parameters that decided, and what every rule that was passed over wants. */
function otherwise(plan: ServicePortPlan, { taken, passed }: Evaluation, request: RequestShape): readonly string[] {
  const found: string[] = [];
  const { headers = [], query = [] } = taken?.match ?? {};
  if (headers.length > 0 || query.length > 0) {
    const names = new Set(headers.map((header) => header.name));
    const without = {
      ...request,
      headers: request.headers.filter(([name]) => !names.has(name.toLowerCase())),
      path: query.length > 0 ? (request.path.split('?')[0] ?? '/') : request.path,
    };
    const other = evaluate(plan.routes, without).taken;
    const what = [...headers.map((header) => `header ${header.name}`), ...query.map((parameter) => `query ${parameter.name}`)].join(' and ');
    found.push(`without ${what}: ${other === undefined ? '404, no route' : `${ruleName(other)}, ${outcomeText(other)}`}`);
  }
  for (const { route, because } of passed.slice(0, 3))
    if (because.kind !== 'path' || because.undecided) found.push(`${ruleName(route)} is not taken: ${because.text}`);
  return found;
}
