// Nodes, as far as their pods are concerned: the zone, and whether pods that the cluster calls not ready are.
//
// A kubelet that is not heard of for the grace period is given up by Kubernetes' node controller: its Node becomes Unknown, and every pod of
// it not ready, whatever its containers do (Kubernetes documentation: "Nodes", "Node status"). One such node is dead or cut off. But an API
// server that was away for a minute comes back to nodes none of which was heard of: then the whole mesh would be taken out of service, by
// nobody but whoever could not listen. Kubernetes itself stops evicting pods then, and leaves them not ready until each kubelet has spoken.
import type { KubeObject } from '../../kube/index.ts';

const ZONE = 'topology.kubernetes.io/zone';

interface NodeFacts {
  readonly zone: string;
  /** Heard of without a gap since then, ms; undefined of one that is not heard of, or says that it is not ready. */
  readonly readySince: number | undefined;
  /** In the cluster since then, ms. */
  readonly createdAt: number;
}

interface RawNode extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string; readonly lastTransitionTime?: string }[] };
}

/** A moment that cannot be read was long ago. */
const moment = (text: string | undefined): number => Date.parse(text ?? '') || 0;

function factsOf({ metadata, status }: RawNode): NodeFacts {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return {
    zone: metadata.labels?.[ZONE] ?? '',
    readySince: ready?.status === 'True' ? moment(ready.lastTransitionTime) : undefined,
    createdAt: moment(metadata.creationTimestamp),
  };
}

export class Nodes {
  readonly #nodes = new Map<string, NodeFacts>();
  /** Answers, by moment, until a node changes. */
  readonly #together = new Map<number, boolean>();

  /** What the node is from now on; undefined: gone. What is different. */
  put(name: string, object: KubeObject | undefined): { readonly zone: boolean; readonly heard: boolean } {
    const before = this.#nodes.get(name);
    const facts = object === undefined ? undefined : factsOf(object as RawNode);
    if (facts === undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, facts);
    const heard = before?.readySince !== facts?.readySince || (before === undefined) !== (facts === undefined);
    if (heard) this.#together.clear();
    return { zone: (before?.zone ?? '') !== (facts?.zone ?? ''), heard };
  }

  zoneOf(name: string): string {
    return this.#nodes.get(name)?.zone ?? '';
  }

  /** Whether most nodes of then had fallen silent, or have come back only since: what was said of pods at that moment was not of them. */
  silentTogether(at: number): boolean {
    const known = this.#together.get(at);
    if (known !== undefined) return known;
    const there = [...this.#nodes.values()].filter(({ createdAt }) => createdAt <= at);
    const steady = there.filter(({ readySince }) => readySince !== undefined && readySince < at);
    const answer = steady.length * 2 < there.length;
    this.#together.set(at, answer);
    return answer;
  }
}
