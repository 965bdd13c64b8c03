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
