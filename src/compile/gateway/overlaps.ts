import { intersection } from './hostnames.ts';
import type { GatewayState, ListenerState } from './state.ts';

export interface Overlap {
  readonly reason: 'OverlappingCertificates' | 'OverlappingHostnames';
  readonly message: string;
}

const namesOf = ({ certificates }: ListenerState): readonly string[] => certificates.flatMap((secret) => secret.pair?.names ?? []);

/**
 * Gateway API, OverlappingTLSConfig: another HTTPS listener of the port whose certificate or host name overlaps, so that clients may
 * use one connection for both; requests for the other one are then answered with 421.
 */
export function overlapsOf({ listeners }: GatewayState, each: ListenerState): Overlap | undefined {
  if (each.listener.protocol !== 'HTTPS' || !each.served) return undefined;
  const others = listeners.filter(
    (other) => other !== each && other.served && other.listener.port === each.listener.port && other.listener.protocol === 'HTTPS',
  );
  for (const other of others) {
    const [mine, theirs] = [namesOf(each), namesOf(other)];
    const shared = mine.find((name) => theirs.some((their) => intersection(name, their) !== undefined));
    if (shared !== undefined)
      return { reason: 'OverlappingCertificates', message: `its certificate for ${shared} is also good for hosts of listener "${other.listener.name}"` };
  }
  const other = others.find(({ listener }) => intersection(listener.hostname, each.listener.hostname) !== undefined);
  if (other === undefined) return undefined;
  return { reason: 'OverlappingHostnames', message: `its host name overlaps with that of listener "${other.listener.name}"` };
}
