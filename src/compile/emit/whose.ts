// Whose a listener is. The token of a proxy says who tells something, and in a sidecar that is the workload. In a proxy that serves several, metadata
// of each listener name its workload, written by the control plane like everything there, and whatever is told of what happens behind it
// repeats them. They stand in the listener's frame: filter chains are shared by the workloads of one identity.
import type { Init, ListenerSchema } from '../../envoy/index.ts';

/** Who says whose it is: the token of the proxy alone, or metadata of the listener. */
export type Whose = 'token' | 'listener';

/** For formats of Envoy: `namespace/name` of the workload whose listener it is. */
export const WORKLOAD_OF_LISTENER = '%METADATA(LISTENER:weft:workload)%';

/** `suffix` as in plans: empty where the proxy serves one workload. */
export function whoseIs(suffix: string): Whose {
  return suffix === '' ? 'token' : 'listener';
}

/** Something of both kinds, made once. */
export function ofBoth<T>(make: (whose: Whose) => T): Readonly<Record<Whose, T>> {
  return { token: make('token'), listener: make('listener') };
}

/** Fields of the listener that say it. */
export function namedFor(suffix: string, workload: string): Pick<Init<typeof ListenerSchema>, 'metadata'> {
  return suffix === '' ? {} : { metadata: { filterMetadata: { weft: { workload } } } };
}
