// Network namespaces that a proxy enters to serve an application, and names of the ways that begin there.
import type { Capture } from '../../model/index.ts';
import { PASSTHROUGH_CLUSTER, UNDECLARED_CLUSTER } from '../plan/names.ts';
import type { InboundPlan, OutboundPlan } from '../plan.ts';

/** The network namespace that a proxy enters for the application; undefined where it stands in the same one, or nothing stands in any. */
export function namespaceOf(capture: Capture | undefined): string | undefined {
  return capture?.mode === 'netns' || capture?.mode === 'pod' ? capture.netns : undefined;
}

const isEnteredPod = (capture: Capture | undefined): boolean => capture?.mode === 'pod' && capture.netns !== undefined;

/** The way out of a pod begins in the pod, wherever the proxy stands: its address is what the outside knows it by. */
export function passthroughName({ workload, suffix }: Pick<OutboundPlan, 'workload' | 'suffix'>): string {
  return isEnteredPod(workload.proxy?.capture) ? `${PASSTHROUGH_CLUSTER}${suffix}` : PASSTHROUGH_CLUSTER;
}

/** As `passthroughName`. */
export function undeclaredName({ capture, suffix }: Pick<InboundPlan, 'capture' | 'suffix'>): string {
  return isEnteredPod(capture) ? `${UNDECLARED_CLUSTER}${suffix}` : UNDECLARED_CLUSTER;
}
