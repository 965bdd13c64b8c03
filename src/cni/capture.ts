// What the agent of a node is asked when a pod's network is made, looked at or taken down, and who sees to it.
import type { Result } from '../base/index.ts';

export interface PodNetwork {
  readonly pod: { readonly namespace: string; readonly name: string; readonly uid: string };
  /** As the runtime knew them when it made the pod's sandbox. */
  readonly annotations: Readonly<Record<string, string>>;
  /** The runtime's name of the sandbox; a pod that is started anew has another. */
  readonly sandbox: string;
  /** Path of the network namespace as the agent reaches it; empty at a removal when it is gone. */
  readonly netns: string;
  /** `eth0`. */
  readonly interface: string;
  /** The pod's addresses, without lengths of networks. */
  readonly addresses: readonly string[];
  /** What the plugins before said (CNI specification, "Result Types"); undefined where nobody said anything. */
  readonly previous: unknown;
}

/** Why a pod is not to start now. `later`: the same may be well in a moment. */
export interface Refusal {
  readonly later: boolean;
  readonly message: string;
}

/**
 * One way of capturing the traffic of pods. What it does may be asked for again at any time, and with the same pod in a new sandbox. Until
 * `add` resolves no container of the pod starts; a refusal is told to the kubelet, which tries again. Throwing is refusing.
 */
export interface Capture {
  add(network: PodNetwork, signal: AbortSignal): Promise<Result<void, Refusal>>;
  /** Whether what `add` did is there. */
  check(network: PodNetwork, signal: AbortSignal): Promise<Result<void, Refusal>>;
  /** The sandbox goes away, with all that is in its namespace. May come twice, or for a pod that nobody knows. */
  remove(network: PodNetwork): Promise<void>;
}

/** By the value of the annotation `weft.dev/cni`. A pod whose way is not among them does not start. */
export type Captures = Readonly<Partial<Record<string, Capture>>>;
