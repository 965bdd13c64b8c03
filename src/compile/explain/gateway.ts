// What happens to a call from outside at a Gateway: which listener takes it, which route, and where it goes from there.
import type { Origin } from '../../base/index.ts';
import { type Gateway, type GatewayKey, type Mesh, nearest, proxiesOfGateway, type ServiceKey, type Workload, workloadKey } from '../../model/index.ts';
import type { GatewayDatagramPlan } from '../gateway/datagrams.ts';
import { covers, moreSpecific } from '../gateway/hostnames.ts';
import { type GatewayChainPlan, type GatewayHostPlan, type GatewayPlan, type GatewayPortPlan, planGateway } from '../gateway/plan.ts';
import type { RoutePlan, ServicePortPlan } from '../plan.ts';
import { explainShares } from './connections.ts';
import { evaluate } from './evaluate.ts';
import { type Call, type ExplainQuestion, type ExplainStep, type Explanation, explainRequest, type Verdict } from './explain.ts';
import { shares } from './words.ts';

export const FROM_GATEWAY = 'gateway/';

/** A client is not known to Weft: it is whoever connects to the Gateway. `to` is the host it asks for, with `:port`; `:53/udp` for datagrams. */
export function explainAtGateway(mesh: Mesh, question: ExplainQuestion): Explanation {
  const asked = `${question.from} → ${question.to}  ${question.method} ${question.path}`;
  const id = gatewayNamed(mesh, question.from.slice(FROM_GATEWAY.length));
  const gateway = id === undefined ? undefined : mesh.gateways.get(id);
  const plan = id === undefined ? undefined : planGateway(mesh, id);
  if (gateway === undefined) return refused(asked, unknownGateway(mesh, question.from), ['weft get gateways -A']);
  if (plan === undefined) return refused(asked, `GatewayClass ${gateway.className} is not Weft’s: nothing is done for Gateway ${gateway.id}`);
  const [, host = '', number, udp] = /^(.*?)(?::(\d+)(\/udp)?)?$/.exec(question.to.toLowerCase()) ?? [];
  const wanted = number === undefined ? question.port : Number(number);
  const site = { mesh, gateway, host };
  if (udp !== undefined) return atDatagrams(site, plan, wanted);
  const port = portFor(plan, host, wanted);
  const title = `gateway ${gateway.id}:${port?.port ?? wanted ?? '?'} → ${host}  ${question.method} ${question.path}`;
  const chain = port === undefined ? undefined : chainFor(port, host);
  if (port === undefined || chain === undefined) return nobody(title, plan, { host, port: wanted });
  return atChain({ ...site, port, title }, chain, question);
}

function gatewayNamed(mesh: Mesh, text: string): GatewayKey | undefined {
  const keys = [...mesh.gateways.keys()] as GatewayKey[];
  const found = keys.filter((key) => key === text || (!text.includes('/') && key.endsWith(`/${text}`)));
  return found.length === 1 ? found[0] : undefined;
}

function unknownGateway(mesh: Mesh, from: string): string {
  const text = from.slice(FROM_GATEWAY.length);
  const keys = [...mesh.gateways.keys()] as string[];
  const same = keys.filter((key) => key.endsWith(`/${text}`));
  if (same.length > 1) return `no Gateway "${text}": there are ${same.sort().join(', ')}`;
  const near = nearest(text, [...keys, ...keys.map((key) => key.slice(key.indexOf('/') + 1))]);
  return `no Gateway "${text}"${near === undefined ? '' : `; did you mean "${near}"?`}`;
}

function refused(title: string, text: string, alternatives: readonly string[] = []): Explanation {
  return { title, hops: [], verdict: { ok: false, text, alternatives } };
}

interface Site {
  readonly mesh: Mesh;
  readonly gateway: Gateway;
  readonly host: string;
}

/** The most specific chain of a port for a host. */
function chainFor({ chains }: GatewayPortPlan, host: string): GatewayChainPlan | undefined {
  const fitting = chains.filter(({ byName, hostname }) => !byName || covers(hostname, host));
  return [...fitting].sort((a, b) => moreSpecific(a.hostname, b.hostname))[0];
}

function hostFor({ end }: GatewayChainPlan, host: string): GatewayHostPlan | undefined {
  const hosts = end.kind === 'requests' ? end.table.hosts.filter(({ hostname }) => covers(hostname, host)) : [];
  return [...hosts].sort((a, b) => moreSpecific(a.hostname, b.hostname))[0];
}

/** Without a port the one on which a browser would ask and get somewhere: first those that have the host. */
function portFor({ ports }: GatewayPlan, host: string, wanted: number | undefined): GatewayPortPlan | undefined {
  if (wanted !== undefined) return ports.find(({ port }) => port === wanted);
  const takes = (port: GatewayPortPlan): boolean => {
    const chain = chainFor(port, host);
    return chain !== undefined && ((chain.end.kind === 'connections' && chain.byName) || (hostFor(chain, host)?.routes.length ?? 0) > 0);
  };
  const reads = ({ chains }: GatewayPortPlan): boolean => chains.some(({ end }) => end.kind === 'requests');
  return ports.find(takes) ?? ports.find(reads) ?? ports[0];
}

function nobody(title: string, { ports, origin }: GatewayPlan, { host, port }: { readonly host: string; readonly port: number | undefined }): Explanation {
  const has = ports.flatMap((each) => each.chains.map(({ hostname }) => `${each.port}${hostname === '' ? '' : ` ${hostname}`}`));
  const step = { subject: 'listeners', value: has.length === 0 ? 'none is served' : has.join(', '), note: '', origin };
  const text = port !== undefined && !ports.some((each) => each.port === port) ? `no listener has port ${port}` : `no listener takes connections for ${host}`;
  return { title, hops: [{ title: 'gateway', steps: [step] }], verdict: { ok: false, text, alternatives: [] } };
}

/** A proxy of the Gateway, or one as it would be. */
function proxyOf(mesh: Mesh, { id, namespace, name, origin }: Gateway): Workload {
  const [first] = proxiesOfGateway(mesh, id);
  const nothing = { labels: {}, address: '', ports: [], zone: '', machine: '', weight: 1, state: 'Ready' } as const;
  return first ?? { key: workloadKey(namespace, name), namespace, name, serviceAccount: name, origin, ...nothing };
}

function listenerStep({ port, origins }: GatewayPortPlan, { name, hostname, byName, tls, end }: GatewayChainPlan): ExplainStep {
  const names = hostname === '' ? '' : ` for ${hostname}`;
  const clients = tls?.clients === undefined ? '' : `, clients ${tls.clients.insecure ? 'may show' : 'must show'} a certificate`;
  const ends =
    tls === undefined ? (byName ? 'TLS passed through, told apart by server name' : 'no TLS') : `TLS ends here (${tls.certificates.join(', ')})${clients}`;
  return { subject: 'listener', value: `${name} port ${port}${names}`, note: ends, ...originOf(end.kind === 'connections' ? end.origins : origins) };
}

const originOf = ([first]: readonly Origin[]) => (first === undefined ? {} : { origin: first });

interface At extends Site {
  readonly port: GatewayPortPlan;
  readonly title: string;
}

function atChain(at: At, chain: GatewayChainPlan, question: ExplainQuestion): Explanation {
  const { title, host, port } = at;
  const first = listenerStep(port, chain);
  if (chain.end.kind === 'connections') {
    const { connections } = chain.end;
    if (connections !== undefined) return served(at, explainShares(callOf(at, []), [first], connections));
    return {
      title,
      hops: [{ title: 'gateway', steps: [first] }],
      verdict: { ok: false, text: 'the connection is closed: no route is attached', alternatives: [] },
    };
  }
  const found = hostFor(chain, host);
  const routes = found?.routes ?? [];
  const shown =
    found === undefined || found.hostname === '' || found.hostname === chain.hostname
      ? []
      : [{ subject: 'host', value: found.hostname, note: `the most specific of the listener for ${host}` }];
  const request = {
    method: question.method,
    path: question.path,
    headers: Object.entries(question.headers),
    authority: host,
    scheme: chain.tls === undefined ? ('http' as const) : ('https' as const),
  };
  return served(at, explainRequest(callOf(at, routes), [first, ...shown], { evaluation: evaluate(routes, request), request }));
}

/** Nobody answers where no proxy is. */
function served({ mesh, gateway: { id, name, namespace } }: Site, explanation: Explanation): Explanation {
  const hops = explanation.hops.map((hop, at) => (at === 0 ? { ...hop, title: 'gateway' } : hop));
  if (proxiesOfGateway(mesh, id).length > 0) return { ...explanation, hops };
  const verdict: Verdict = {
    ok: false,
    text: `no proxy serves Gateway ${id}: nobody listens`,
    alternatives: [`start one: weft gateway --name ${name} -n ${namespace}`],
  };
  return { ...explanation, hops, verdict };
}

/** What the lines about routes and clusters are asked of: the routes of the host, seen by the Gateway. */
function callOf({ mesh, gateway, host, title, port }: At, routes: readonly RoutePlan[]): Call {
  const nothing = { service: '' as ServiceKey, port: port.port, protocol: 'http' } as const;
  const cluster = { ...nothing, name: '', serverIds: [], proxyProtocol: false, retryBudget: { percent: 0, minConcurrency: 0 }, contributions: [], origins: [] };
  const plan: ServicePortPlan = { ...nothing, id: title, host, vip: '', cluster, endpoints: [], routesName: '', routes, origin: gateway.origin };
  return { mesh, caller: proxyOf(mesh, gateway), gateway, plan, title };
}

function atDatagrams(site: Site, { datagrams, origin }: GatewayPlan, wanted: number | undefined): Explanation {
  const found = datagrams.find(({ port }) => port === wanted);
  const title = `gateway ${site.gateway.id}:${wanted ?? '?'}/udp`;
  if (found === undefined) {
    const has = datagrams.map(({ port }) => port).join(', ');
    const step = { subject: 'listeners', value: has === '' ? 'none for UDP has a route' : `${has} for UDP`, note: '', origin };
    return {
      title,
      hops: [{ title: 'gateway', steps: [step] }],
      verdict: { ok: false, text: 'nobody listens there: the sender is told so by the system', alternatives: [] },
    };
  }
  return served(site, { title, hops: [{ title: 'gateway', steps: datagramSteps(found) }], verdict: datagramVerdict(found) });
}

function datagramSteps({ port, route, backends, origins: [listener, origin] }: GatewayDatagramPlan): readonly ExplainStep[] {
  const first = {
    subject: 'listener',
    value: `port ${port}/udp`,
    note: 'nothing is encrypted, and nobody knows who sends',
    ...(listener === undefined ? {} : { origin: listener }),
  };
  const taken = {
    subject: 'route',
    value: `UDPRoute ${route}`,
    note: 'a sender stays with its endpoint until a minute of silence',
    ...(origin === undefined ? {} : { origin }),
  };
  const all = shares(backends).map(({ backend: { name, endpoints, unresolved, origin: at }, percent }) => {
    const healthy = endpoints.filter(({ state }) => state === 'healthy');
    const note =
      unresolved === undefined
        ? `${healthy.length} of ${endpoints.length} endpoints ready${healthy.length === 0 ? ': dropped' : ''}`
        : `dropped: ${unresolved}`;
    return { subject: 'backend', value: name, note: `${percent}, ${note}`, origin: at };
  });
  return [first, taken, ...all];
}

function datagramVerdict({ backends }: GatewayDatagramPlan): Verdict {
  const taking = backends.filter(({ weight }) => weight > 0);
  const dead = taking.filter(({ endpoints }) => !endpoints.some(({ state }) => state === 'healthy'));
  if (taking.length > 0 && dead.length === 0) return { ok: true, text: 'datagrams go on in the clear', alternatives: [] };
  return { ok: false, text: dead.length < taking.length ? 'the datagrams of some senders are dropped' : 'all datagrams are dropped', alternatives: [] };
}
