// The OpenID providers of OIDCPolicies, asked where their documents say.
import { type ControlPlane, type ProviderPorts, Providers } from '../control/index.ts';
import { fetchJson, type Intake } from '../manage/index.ts';
import type { Store } from '../store/index.ts';

interface Parts extends Pick<ProviderPorts, 'clock' | 'log'> {
  readonly store: Store;
  readonly intake: Intake;
}

/** Asks from now on, until it is closed. */
export function askProviders(plane: ControlPlane, { clock, log, store, intake }: Parts): Providers {
  return new Providers({
    clock,
    log,
    documents: { get: (key) => store.get(key), write: (writes, author) => intake.write(writes, author) },
    mesh: () => plane.mesh,
    fetch: (url, place) => fetchJson(url, { named: place.host, place, ...(place.caPem === '' ? {} : { caPem: place.caPem }) }),
  });
}
