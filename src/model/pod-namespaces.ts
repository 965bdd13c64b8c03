// Where the proxy of a kube node finds the network namespaces of its pods. The path follows from what the API server says of a pod, so nobody has to report it: the
// node's agent puts the link there before the pod has an address, and the control plane names it when the pod has one.

/** Folder of the node, and of its agent and proxy. */
export const POD_NAMESPACES = '/run/weft/pods';

/** A pod whose sandbox is made anew has another address, and so another path: a listener of the old one is not taken for one of the new. */
export function podNamespacePath(uid: string, address: string): string {
  return `${POD_NAMESPACES}/${uid}@${address}`;
}
