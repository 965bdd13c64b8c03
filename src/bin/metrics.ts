// What the meter is told of the mesh: who sends, and who is behind an identity.
import { join } from 'node:path';
import type { ControlPlane } from '../control/index.ts';
import { canonicalName, type Mesh, plainServiceName, servicesOfWorkload, spiffeId, UNKNOWN, type Workload } from '../model/index.ts';
import { metricsRules } from '../policy/index.ts';
import { type Arrivals, type Directory, type LogClaims, Metrics, type Named, type Reporter } from '../telemetry/index.ts';
import { withServed } from './nodes.ts';
import type { ControlPlaneOptions } from './parts.ts';

const METRICS_BUDGET_BYTES = 256 * 1024 * 1024;

/** Opens what keeps metrics, in a folder of its own. */
export function openMetrics(
  { directory, log, prometheus, metricsTo, metricsBudgetBytes = METRICS_BUDGET_BYTES, kubernetes }: ControlPlaneOptions,
  plane: ControlPlane,
  arrivals: Arrivals,
): Metrics {
  const mesh = (): Mesh => plane.mesh;
  return Metrics.open({
    folder: join(directory, 'metrics'),
    budgetBytes: metricsBudgetBytes,
    cluster: plane.mesh.config.trustDomain,
    reporterOf: withServed(mesh, reporterOf(mesh)),
    directory: directoryOf(mesh),
    prometheus,
    // of several replicas each hears a part of what a proxy tells
    arrivedOf: ({ proxy }) => (kubernetes === undefined ? arrivals.of(proxy) : undefined),
    target: metricsTo,
    log,
  });
}

/** Service by port of the application; under `*` the first. */
function servesOf(mesh: Mesh, workload: Workload): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const service of servicesOfWorkload(mesh, workload)) {
    const name = plainServiceName(service.key);
    found['*'] ??= name;
    for (const { targetPort } of service.ports) {
      const own = workload.ports.find((each) => each.name === targetPort || each.port === targetPort)?.port;
      if (own !== undefined) found[own] ??= name;
    }
  }
  return found;
}

/** A workload that is gone has sent its last numbers without it: what its token says is left. */
export function reporterOf(mesh: () => Mesh): (claims: LogClaims) => Reporter {
  const known = new WeakMap<Workload, { readonly mesh: Mesh; readonly reporter: Omit<Reporter, 'proxy' | 'principal'> }>();
  return ({ proxy, id, workload }) => {
    const now = mesh();
    const found = now.workloads.get(workload);
    if (found === undefined) return { proxy, principal: id, ...ofIdentity(id), serves: {} };
    const before = known.get(found);
    if (before?.mesh === now) return { proxy, principal: id, ...before.reporter };
    const keeps = metricsRules(now, found.namespace);
    const reporter = { namespace: found.namespace, ...canonicalName(found), serves: servesOf(now, found), keeps };
    known.set(found, { mesh: now, reporter });
    return { proxy, principal: id, ...reporter };
  };
}

function ofIdentity(id: string): Named & { readonly namespace: string } {
  const [, namespace = UNKNOWN, account = UNKNOWN] = /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(id) ?? [];
  return { namespace, workload: account, service: account, version: UNKNOWN };
}

/** By SPIFFE ID; who has the same identity and another version is known by what they have in common. */
export function directoryOf(mesh: () => Mesh): () => Directory | undefined {
  let told: Mesh['workloads'] | undefined;
  return () => {
    const { workloads, config } = mesh();
    if (workloads === told) return undefined;
    told = workloads;
    const found = new Map<string, Named>();
    for (const workload of workloads.values()) {
      const id = spiffeId(config.trustDomain, workload.namespace, workload.serviceAccount);
      const named = canonicalName(workload);
      const known = found.get(id);
      found.set(id, known === undefined ? named : common(known, named));
    }
    for (const [id, { service }] of found) if (service === UNKNOWN) found.delete(id);
    return found;
  };
}

function common(a: Named, b: Named): Named {
  if (a.service !== b.service) return { workload: UNKNOWN, service: UNKNOWN, version: UNKNOWN };
  return a.version === b.version ? a : { workload: a.service, service: a.service, version: UNKNOWN };
}
