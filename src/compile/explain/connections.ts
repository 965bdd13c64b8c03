// What happens to a TCP connection: straight to the service, or by the shares of a TCPRoute.
import type { ServiceKey } from '../../model/index.ts';
import type { ConnectionBackend, ConnectionPlan, NamedConnections } from '../plan.ts';
import { type Admission, admissionAt, admissionSteps, denialOf } from './authorize.ts';
import type { Call, ExplainStep, Explanation, Hop, Verdict } from './explain.ts';
import { externalOf, externalStep } from './external.ts';
import { patchSteps } from './patches.ts';
import { clusterSteps, inboundSteps } from './policy-steps.ts';
import { endpointStep, portPlan, tlsStep } from './steps.ts';
import { backendName, shares } from './words.ts';

/** Explains a connection to a port of a service of the mesh. */
export function explainTcp(call: Call, begin: readonly ExplainStep[]): Explanation {
  const { title, plan } = call;
  if (plan.byServerName !== undefined) return explainNames(call, begin, plan.byServerName);
  const backends = plan.connections === undefined ? [straight(call)] : shares(plan.connections.backends).map(({ backend }) => backend);
  const taken = backends.filter((backend) => canAnswer(call, backend));
  const steps = [...begin, ...(plan.connections === undefined ? straightSteps(call) : routeSteps(call, plan.connections)), ...patchSteps(call)];
  const admissions = admittedTo(call, taken);
  const hops = [{ title: 'outbound', steps }, ...inboundHops(call, taken, admissions)];
  return { title, hops, verdict: denialOf(admissions, taken.length) ?? verdictOf(call, backends, taken) };
}

/** What is asked for by the server name of TLS is not part of a question: all names are shown. */
function explainNames(call: Call, begin: readonly ExplainStep[], all: readonly NamedConnections[]): Explanation {
  const steps = all.flatMap(({ hostname, connections }) => [
    { subject: 'server name', value: hostname, note: 'TLS of the application, not decrypted', origin: connections.origin },
    ...routeSteps(call, connections),
  ]);
  const taken = all.flatMap(({ connections }) => shares(connections.backends).map(({ backend }) => backend));
  const open = taken.filter((backend) => canAnswer(call, backend));
  const admissions = admittedTo(call, open);
  const text =
    open.length === taken.length
      ? 'a connection for one of these names is expected to succeed; any other is closed'
      : 'for some of these names no endpoint is ready';
  return {
    title: call.title,
    hops: [{ title: 'outbound', steps: [...begin, ...steps, ...patchSteps(call)] }, ...inboundHops(call, open, admissions)],
    verdict: denialOf(admissions, open.length) ?? { ok: open.length > 0, text, alternatives: [] },
  };
}

function straight({ plan }: Call): ConnectionBackend {
  return { service: plan.cluster.service, port: plan.port, cluster: plan.cluster.name, weight: 1, origin: plan.origin };
}

function straightSteps(call: Call): readonly ExplainStep[] {
  const { service, port } = straight(call);
  return [endpointStep(call, { service, port }), ...clusterSteps(call, service, port)];
}

function routeSteps(call: Call, { kind, route, backends, origin }: ConnectionPlan): readonly ExplainStep[] {
  const shared = shares(backends);
  const none = shared.length === 0 ? 'all weights are 0: closed' : 'every connection';
  return [
    { subject: 'route', value: `${kind} ${route}`, note: none, origin },
    ...shared.flatMap(({ backend, percent }): readonly ExplainStep[] => {
      const { unresolved, origin: at } = backend;
      if (unresolved !== undefined) return [{ subject: 'backend', value: backendName(backend), note: `${percent}, closed: ${unresolved}`, origin: at }];
      const outside = externalOf(call, backend);
      const step = outside === undefined ? endpointStep(call, backend) : externalStep(outside);
      return [{ ...step, note: `${percent}, ${step.note}`, origin: at }, ...clusterSteps(call, backend.service, backend.port)];
    }),
  ];
}

/** Connections that a route shares out, wherever it stands. */
export function explainShares(call: Call, begin: readonly ExplainStep[], connections: ConnectionPlan): Explanation {
  const backends = shares(connections.backends).map(({ backend }) => backend);
  const routed = { ...call, plan: { ...call.plan, connections } };
  const taken = backends.filter((backend) => canAnswer(routed, backend));
  const steps = [...begin, ...routeSteps(routed, connections)];
  const admissions = admittedTo(routed, taken);
  const hops = [{ title: 'outbound', steps }, ...inboundHops(routed, taken, admissions)];
  return { title: call.title, hops, verdict: denialOf(admissions, taken.length) ?? verdictOf(call, backends, taken) };
}

/** A server outside is believed to be there. */
function canAnswer(call: Call, backend: ConnectionBackend): boolean {
  if (backend.unresolved !== undefined) return false;
  if (externalOf(call, backend) !== undefined) return true;
  const plan = call.plan.connections === undefined && call.plan.byServerName === undefined ? call.plan : portPlan(call, backend);
  return plan?.endpoints.some((endpoint) => endpoint.state === 'healthy') ?? false;
}

function admittedTo(call: Call, taken: readonly ConnectionBackend[]): ReadonlyMap<ServiceKey, Admission> {
  return new Map(
    taken.flatMap((backend) => {
      const admission = admissionAt(call, backend);
      return admission === undefined ? [] : [[backend.service, admission] as const];
    }),
  );
}

function inboundHops(call: Call, taken: readonly ConnectionBackend[], admissions: ReadonlyMap<ServiceKey, Admission>): readonly Hop[] {
  const inside = new Map(taken.filter((backend) => externalOf(call, backend) === undefined).map(({ service, port }) => [service, port]));
  return [...inside].map(([service, port]) => ({
    title: `inbound ${service.split('/')[1] ?? ''}`,
    steps: [tlsStep(call, service), ...admissionSteps(admissions.get(service)), ...inboundSteps(call, service, port)],
  }));
}

function verdictOf({ service }: Call, backends: readonly ConnectionBackend[], taken: readonly ConnectionBackend[]): Verdict {
  if (backends.length > 0 && taken.length === backends.length) return { ok: true, text: 'a connection is expected to succeed', alternatives: [] };
  const dead = backends.filter((backend) => !taken.includes(backend)).map(backendName);
  const text =
    taken.length > 0 ? `part of the connections are closed: no endpoint of ${dead.join(', ')} is ready` : 'the connection is closed: no endpoint is ready';
  return { ok: false, text, alternatives: service === undefined ? [] : [`weft describe service ${service.name} -n ${service.namespace}`] };
}
