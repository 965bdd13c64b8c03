import type { Values } from '../../../../install/index.ts';
import type { KubeClient } from '../../../../kube/index.ts';
import { CONFIG_MAPS, textAt } from '../../../client/kube.ts';
import { type Finding, finding, type Line } from '../line.ts';
import { lineOf } from './line-of.ts';

const NEXT = 'kubectl -n kube-system get configmap coredns -o yaml';

/** Domains of CoreDNS's plugin `kubernetes`: https://coredns.io/plugins/kubernetes/. */
function domainsOf(corefile: string): readonly string[] {
  const lines = corefile.split('\n').flatMap((line) => /^\s*kubernetes\s+([^{#]+)/.exec(line)?.[1] ?? []);
  return lines
    .flatMap((zones) => zones.trim().split(/\s+/))
    .map((zone) => zone.replace(/\.$/, ''))
    .filter((zone) => !/\.arpa$|\/\d+$/.test(zone) && zone !== '');
}

/** Whether names of Services end as the values say, where CoreDNS is the cluster's name server; of another nothing is known. */
export function domainLine(client: KubeClient, { clusterDomain }: Pick<Values, 'clusterDomain'>): Promise<Line> {
  return lineOf('cluster-domain', `names of Services end in ${clusterDomain}`, async (): Promise<readonly Finding[]> => {
    const found = await client.get(CONFIG_MAPS, { namespace: 'kube-system', name: 'coredns' });
    const domains = domainsOf(textAt(found, 'data', 'Corefile'));
    if (domains.length === 0 || domains.includes(clusterDomain)) return [];
    return [finding('WEFT2489', `the cluster's DNS knows Services in ${domains.join(', ')}, and clusterDomain is ${clusterDomain}`, { next: NEXT })];
  });
}
