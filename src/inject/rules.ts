// Which of a pod's connections go to its proxy, by what its annotations say.
import { GATE_PORT, podRules } from '../compile/index.ts';
import { isSubdomain } from '../model/index.ts';
import { type Knobs, readKnobs } from './knobs.ts';
import { CLUSTER_DOMAIN } from './names.ts';
import type { InjectSettings } from './settings.ts';

/** The domain of whose Services the pod's proxy answers names; undefined where it answers none. */
export function domainAsked({ names }: Knobs, settings: Pick<InjectSettings, 'clusterDomain' | 'names'>): string | undefined {
  const wanted = names === 'all' ? settings.names : (names ?? settings.names);
  return wanted === 'services' ? settings.clusterDomain : undefined;
}

/** One argument for `nft` (podRules), as the pod's init container writes it. */
export function rulesFor(
  { excludeInboundPorts, excludeOutboundPorts, excludeOutboundCidrs, names }: Knobs,
  { gatePort, clusterDomain }: { readonly gatePort?: number; readonly clusterDomain: string | undefined },
): string {
  return podRules({
    ...(gatePort === undefined ? {} : { gatePort }),
    ...(excludeInboundPorts === undefined ? {} : { excludeInboundPorts }),
    ...(excludeOutboundPorts === undefined ? {} : { excludeOutboundPorts }),
    ...(excludeOutboundCidrs === undefined ? {} : { excludeOutboundCidrs }),
    ...(names === undefined || names === 'services' ? {} : { names }),
    ...(clusterDomain === undefined ? {} : { clusterDomain }),
  });
}

/**
 * The same as somebody outside of the pod writes it, with the gate that proves it. What annotations say wrongly is as if they did not say it: the pod was
 * refused for it before, and less is left out, never more.
 */
export function gatedRules(annotations: Readonly<Record<string, string>>): string {
  const said = annotations[CLUSTER_DOMAIN];
  return rulesFor(readKnobs(annotations).knobs, { gatePort: GATE_PORT, clusterDomain: said !== undefined && isSubdomain(said) ? said : undefined });
}
