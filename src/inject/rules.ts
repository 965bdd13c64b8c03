// Which of a pod's connections go to its proxy, by what its annotations say.
import { GATE_PORT, podRules } from '../compile/index.ts';
import { type Knobs, readKnobs } from './knobs.ts';

/** One argument for `nft` (podRules), as the pod's init container writes it. */
export function rulesFor({ excludeInboundPorts, excludeOutboundPorts, excludeOutboundCidrs, names }: Knobs, gatePort?: number): string {
  return podRules({
    ...(gatePort === undefined ? {} : { gatePort }),
    ...(excludeInboundPorts === undefined ? {} : { excludeInboundPorts }),
    ...(excludeOutboundPorts === undefined ? {} : { excludeOutboundPorts }),
    ...(excludeOutboundCidrs === undefined ? {} : { excludeOutboundCidrs }),
    ...(names === undefined ? {} : { names }),
  });
}

/**
 * The same as somebody outside of the pod writes it, with the gate that proves it. What annotations say wrongly is as if they did not say it: the pod was
 * refused for it before, and less is left out, never more.
 */
export function gatedRules(annotations: Readonly<Record<string, string>>): string {
  return rulesFor(readKnobs(annotations).knobs, GATE_PORT);
}
