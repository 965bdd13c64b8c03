// Whether a workload takes plaintext, as its callers see it: the very answer that its own proxy gets (plan/proxy.ts).
import type { Mesh, Protocol, Workload, WorkloadPort } from '../../model/index.ts';
import { MUTUAL_TLS_POLICY, mutualTlsPolicy, type TlsMode, tlsModeOf } from '../../policy/index.ts';
import { effectiveOnArrival } from './policies.ts';

const ANY = new WeakMap<Mesh['policies'], boolean>();

/** Whether any policy is about this; looked for once per set of policies: most meshes have none. */
export function saysHowToConnect({ policies }: Pick<Mesh, 'policies'>): boolean {
  if (policies.size === 0) return false;
  const known = ANY.get(policies);
  if (known !== undefined) return known;
  const found = [...policies.values()].some(({ kind }) => kind === MUTUAL_TLS_POLICY);
  ANY.set(policies, found);
  return found;
}

/** What holds at a port of a workload. Gateways and fallbacks have no application: who connects to them is always asked who he is. */
export function tlsModeAt(mesh: Mesh, workload: Workload, port: WorkloadPort): TlsMode {
  if (!saysHowToConnect(mesh) || isForOthers(workload)) return 'Strict';
  const effective = effectiveOnArrival(mesh, mutualTlsPolicy, { workload, port: port.port, protocol: 'tcp', owner: port });
  return tlsModeOf(effective, port.port).mode;
}

function isForOthers({ gateway, proxy }: Workload): boolean {
  return gateway !== undefined || proxy?.capture.mode === 'fallback';
}

/**
 * Whether the mesh sends plaintext to an endpoint. What is known to be outside the mesh (a pod without a proxy) gets it, in HTTP/1.1 too (`speaksOlder`).
 * Another one without a proxy gets it as soon as plaintext is let in; but not HTTP/1.1, since
 * callers speak HTTP/2 to their peers.
 */
export function sentPlaintext(mesh: Mesh, { workload, port, protocol }: Dialled): boolean {
  if (workload.plaintext === true) return true;
  const mode = tlsModeAt(mesh, workload, port);
  if (workload.proxy !== undefined) return mode === 'Disabled';
  return mode !== 'Strict' && protocol !== 'http';
}

/** Whether a cluster must speak HTTP/1.1: some of its endpoints are applications themselves. Proxies understand both. */
export function speaksOlder(protocol: Protocol, workloads: readonly Workload[]): boolean {
  return protocol === 'http' && workloads.some(({ plaintext }) => plaintext === true);
}

export interface Dialled {
  readonly workload: Workload;
  readonly port: WorkloadPort;
  /** Of the service by which it is called. */
  readonly protocol: Protocol;
}
