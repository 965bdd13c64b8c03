import type { Store } from '../../store/index.ts';
import type { ControlPlaneOptions } from '../parts.ts';
import { Replicas, type ReplicasOptions } from './replicas.ts';
import { SharedDocuments, type SharedDocumentsOptions } from './shared-documents.ts';
import { sharedStore } from './shared-store.ts';
import { SharedValues, type SharedValuesOptions } from './shared-values.ts';

export interface Common {
  /** The store, whose shared writes go to all replicas. */
  readonly store: Store;
  readonly values: SharedValues;
}

/** What is true of the whole mesh and no object of the cluster, with what of it there is already. */
export async function openCommon(
  options: SharedValuesOptions & SharedDocumentsOptions & { readonly store: Store },
  opening: AsyncDisposableStack,
): Promise<Common> {
  const values = opening.use(await SharedValues.open(options));
  const documents = opening.use(SharedDocuments.open(options));
  return { store: sharedStore(options.store, { values, documents }), values };
}

/** This control plane among its replicas; nobody is told before `begin`. */
export function replicasOf({ kubernetes }: ControlPlaneOptions, parts: ReplicasOptions): Replicas {
  return new Replicas({ ...parts, pod: kubernetes?.pod?.name, times: kubernetes?.replicaTimes });
}

/** Where the others ask: the API, by the pod's own address. One that listens for this machine alone is asked there. */
export function peerUrl({ kubernetes, api }: ControlPlaneOptions, url: string): string {
  const address = kubernetes?.pod?.address;
  if (address === undefined || !['0.0.0.0', '::'].includes(api.host)) return url;
  const at = new URL(url);
  at.hostname = address.includes(':') ? `[${address}]` : address;
  return at.origin;
}
