// The port of proxies and machines: configuration, joining, and what they tell.
import { EdgeLearner, type Machines, machineService } from '../control/index.ts';
import { logOf } from '../envoy/index.ts';
import type { TrustDomain } from '../model/index.ts';
import { exportDoor, logDoor } from '../telemetry/index.ts';
import { type GrpcServer, serveGrpc } from '../wire/index.ts';
import { type ControlPlaneOptions, certificateNames, type Parts } from './parts.ts';
import { overheard } from './tapping.ts';

export async function serveProxies(
  { xds, clock, log }: ControlPlaneOptions,
  { store, authority, entrance, plane, intake, records, taps, traces, metrics, arrivals, nodes, trustDomain, replicas }: Parts,
): Promise<GrpcServer & { readonly machines: Machines }> {
  const machines = machineService({
    tokens: entrance,
    clock,
    log,
    documents: { get: (key) => store.get(key), list: (filter) => store.list(filter), write: (writes, author) => intake.write(writes, author) },
    trustDomain: () => trustDomain as TrustDomain,
    rootPem: () => authority.bundle(),
    nodes,
    left: (proxy) => plane.proxyLeft(proxy),
    leasedElsewhere: (key) => replicas?.leasedElsewhere(key) === true,
    seen: (key, generation) => plane.seen(key, generation),
  });
  const edges = new EdgeLearner({
    clock,
    log,
    documents: { get: (key) => store.get(key), write: (writes, author) => intake.write(writes, author) },
    mesh: () => plane.mesh,
  });
  const authenticate = (token: string) => entrance.authenticate(token);
  const sinks = [edges, overheard(records, taps), taps].map((sink) => arrivals.counting(sink));
  const logs = logDoor({ authenticate, clock, nameOf: logOf, sinks });
  const spans = exportDoor('spans', {
    authenticate,
    clock,
    take: (claims, bytes) => {
      arrivals.spans(claims, bytes);
      traces.take(claims, bytes);
    },
  });
  const counters = exportDoor('metrics', { authenticate, clock, take: (claims, bytes) => metrics.take(claims, bytes) });
  const names = certificateNames([xds.host]);
  const first = authority.serverCertificate(names);
  const onBug = (path: string, error: unknown): void => log('error', 'a handler failed', { path, error: error instanceof Error ? error.stack : String(error) });
  const server = await serveGrpc({ host: xds.host, port: xds.port, tls: first, services: [plane.ads, machines.service, logs, spans, counters], onBug });
  const stop = authority.keepServerCertificate(names, first, (next) => server.updateTls(next));
  const close = async (graceMs: number): Promise<void> => {
    stop();
    machines.close();
    await server.close(graceMs);
    await edges.close();
  };
  return { port: server.port, updateTls: (tls) => server.updateTls(tls), close, machines };
}
