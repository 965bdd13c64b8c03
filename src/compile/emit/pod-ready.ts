// Readiness and probes of a pod that the proxy of its node serves: what a proxy in the pod has in its bootstrap, a node's gets as resources, for each pod its own.
import type { Origin } from '../../base/index.ts';
import { type Hash, type JsonValue, type Resource, resourceOfJson } from '../../envoy/index.ts';
import type { InboundPlan } from '../plan.ts';
import { readyListener } from '../pod/bootstrap.ts';
import { READY_PORT } from '../pod/ports.ts';
import { type ProbePlace, probeClusters } from '../pod/probes.ts';
import type { Emitted } from './service.ts';

/** By what they are of: a pod's probes do not change, and JSON is read slowly. */
const KNOWN = new WeakMap<object, Readonly<{ address: string; made: readonly Resource[] }>>();

/** Nothing for other workloads. What is never captured lets nobody in but to the probes. */
export function emitPodReady(inbound: InboundPlan, origins: readonly Origin[], hash: Hash): readonly Emitted[] {
  const { capture, address, suffix } = inbound;
  if (capture.mode !== 'pod' || capture.netns === undefined || origins.length === 0) return [];
  const known = KNOWN.get(capture);
  if (known?.address === address) return [{ resources: known.made, diagnostics: [] }];
  const { probes = [], netns } = capture;
  const place: ProbePlace = { address, verbatim: (text) => text, suffix, netns };
  const listener = { ...readyListener({ port: READY_PORT, probes, place }), metadata: { filter_metadata: { weft: { workload: inbound.workload } } } };
  const made = [
    read('listener', listener.name, listener, { origins, hash }),
    ...probeClusters(probes, place).map((cluster) => read('cluster', cluster.name, cluster, { origins, hash })),
  ];
  const resources = made.flatMap((each) => each ?? []);
  KNOWN.set(capture, { address, made: resources });
  return [{ resources, diagnostics: [] }];
}

/** Undefined of what Envoy would not take: a probe with a header that is none. It then fails, as it does without a mesh. */
function read(type: 'listener' | 'cluster', name: string, json: unknown, { origins, hash }: { readonly origins: readonly Origin[]; readonly hash: Hash }) {
  const result = resourceOfJson(JSON.parse(JSON.stringify(json)) as JsonValue, { type, name, origins, hash });
  return 'resource' in result ? result.resource : undefined;
}
