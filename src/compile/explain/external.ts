// The line that says how something outside the mesh is reached.
import { formatDuration } from '../../model/index.ts';
import { planService } from '../plan/service.ts';
import type { EgressPlan, ExternalPlan, ServicePortPlan, WeightedBackend } from '../plan.ts';
import type { Call, ExplainStep } from './explain.ts';
import { viewIn } from './view.ts';

/** The plan of a backend that stands outside, or undefined when it is a service of the mesh. */
export function externalOf(call: Call, { service, port, cluster }: Pick<WeightedBackend, 'service' | 'port' | 'cluster'>): ServicePortPlan | undefined {
  const { mesh, plan } = call;
  if (plan.cluster.name === cluster && plan.cluster.external !== undefined) return plan;
  const found = planService(mesh, service, viewIn(call, service)).ports.find((each) => each.port === port);
  return found?.cluster.external === undefined ? undefined : found;
}

/** `external  api.pay.example:443   by DNS every 30s, TLS with server name api.pay.example, trusting the system`. */
export function externalStep({ host, port, endpoints, cluster, origin }: ServicePortPlan): ExplainStep {
  const { external } = cluster;
  if (external === undefined) return { subject: 'cluster', value: `${host}:${port}`, note: '', origin };
  if (external.egress !== undefined) return egressStep(external, external.egress, { endpoints, cluster });
  const found = foundBy(
    external,
    endpoints.map((endpoint) => endpoint.address),
  );
  return { subject: 'external', value: `${external.host}:${external.port}`, note: `${found}, ${tlsText(external)}`, origin };
}

/** `egress  gateway edge/out   1 of 1 proxies ready, mutual TLS, server must be spiffe://…; from there to 203.0.113.7:443, …`. */
function egressStep(external: ExternalPlan, egress: EgressPlan, { endpoints, cluster }: Pick<ServicePortPlan, 'endpoints' | 'cluster'>): ExplainStep {
  const ready = endpoints.filter(({ state }) => state === 'healthy').length;
  const proxies = `${ready} of ${endpoints.length} proxies ready on port ${egress.port}, mutual TLS, server must be ${cluster.serverIds.join(' or ')}`;
  const beyond = external.resolution === 'static' ? 'at its addresses' : foundBy(external, []);
  const note = `${proxies}; from there to ${external.host}:${external.port}, ${beyond}, ${tlsText(external)}`;
  return { subject: 'egress', value: `gateway ${egress.gateway}`, note, origin: egress.origin };
}

/** Whether Weft knows that nobody gets there: what leaves by a gateway needs a proxy of it. */
export function reachable({ cluster: { external }, endpoints }: ServicePortPlan): boolean {
  return (external !== undefined && external.egress === undefined) || endpoints.some(({ state }) => state === 'healthy');
}

function foundBy({ resolution, refreshMs, resolvers }: ExternalPlan, addresses: readonly string[]): string {
  if (resolution === 'static') return `at ${addresses.join(', ')}`;
  const whom = resolvers.length === 0 ? '' : ` of ${resolvers.join(', ')}`;
  if (resolution === 'dynamic') return `by DNS${whom}, the name that is called`;
  return `by DNS${whom} every ${formatDuration(refreshMs)}, ${resolution === 'strict' ? 'all addresses' : 'the first address'}`;
}

function tlsText({ tls, host }: ExternalPlan): string {
  if (tls === undefined) return 'without TLS of the mesh';
  const sni = tls.sni === '' ? host : tls.sni;
  return `TLS with server name ${sni}, trusting ${tls.caPem === '' ? 'what the system trusts' : 'the given certificates'}`;
}
