// The kube cluster, where there is one.
import type { Check } from './check.ts';

export const clusterFollowed: Check = {
  id: 'cluster-followed',
  section: 'control plane',
  words: 'the kube cluster is followed',
  look: ({ unheard }) => {
    if (unheard === undefined) return 'there is no kube cluster';
    const [first] = unheard;
    if (first === undefined) return [];
    const more = unheard.length === 1 ? '' : ` (and ${unheard.length - 1} more)`;
    const object = { kind: 'ControlPlane', namespace: '', name: 'weft' };
    return [{ code: 'WEFT2403', object, words: `${first.type}${more}: ${first.words}`, next: 'kubectl get --raw /readyz' }];
  },
};

export const replicasAnswer: Check = {
  id: 'replicas-answer',
  section: 'control plane',
  words: 'all replicas of the control plane answer each other',
  look: ({ silent }) => {
    if (silent === undefined) return 'there is one control plane';
    return silent.map((name) => ({
      code: 'WEFT2404',
      object: { kind: 'ControlPlane', namespace: '', name },
      words: `replica ${name} does not answer: its proxies look disconnected, and a change of the root waits for it`,
      next: `kubectl -n weft-system get pod ${name}`,
    }));
  },
};
