import type { Service } from '../../model/index.ts';
import type { GivenLayer } from '../policy.ts';

const LAYERS = new WeakMap<Service, GivenLayer>();

/** core/v1's words for what a LoadBalancingPolicy says: spec.trafficDistribution and spec.sessionAffinity. */
export function ofService(service: Service): GivenLayer | undefined {
  const { near, affinity, origin } = service;
  if (near === undefined && affinity === undefined) return undefined;
  const known = LAYERS.get(service);
  if (known !== undefined) return known;
  const spec = {
    ...(affinity === undefined ? {} : { algorithm: 'Maglev', hashOn: [{ source: true }] }),
    ...(near === undefined ? {} : { locality: { mode: 'Prefer', nearest: near } }),
  };
  const originOf = (path: string) => ({ ...origin, path: path.startsWith('locality') ? 'spec.trafficDistribution' : 'spec.sessionAffinity' });
  const layer = { spec, originOf, words: 'the Service itself' };
  LAYERS.set(service, layer);
  return layer;
}
