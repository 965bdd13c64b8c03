// The line that says how something outside the mesh is reached.
import { formatDuration } from '../../model/index.ts';
import { planService } from '../plan/service.ts';
import { viewOf } from '../plan/view.ts';
import type { ExternalPlan, ServicePortPlan, WeightedBackend } from '../plan.ts';
import type { Call, ExplainStep } from './explain.ts';

/** The plan of a backend that stands outside, or undefined when it is a service of the mesh. */
export function externalOf(
  { mesh, caller, plan }: Call,
  { service, port, cluster }: Pick<WeightedBackend, 'service' | 'port' | 'cluster'>,
): ServicePortPlan | undefined {
  if (plan.cluster.name === cluster && plan.cluster.external !== undefined) return plan;
  const found = planService(mesh, service, viewOf(mesh, caller, service)).ports.find((each) => each.port === port);
  return found?.cluster.external === undefined ? undefined : found;
}

/** `external  api.pay.example:443   by DNS every 30s, TLS with server name api.pay.example, trusting the system`. */
export function externalStep({ host, port, endpoints, cluster, origin }: ServicePortPlan): ExplainStep {
  const { external } = cluster;
  if (external === undefined) return { subject: 'cluster', value: `${host}:${port}`, note: '', origin };
  const found = foundBy(
    external,
    endpoints.map((endpoint) => endpoint.address),
  );
  return { subject: 'external', value: `${external.host}:${external.port}`, note: `${found}, ${tlsText(external)}`, origin };
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
