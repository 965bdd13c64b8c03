// Several control planes of one cluster: whose a namespace is. Each sees all of it; two that write onto the same objects would undo each
// other's work for ever, the Deployments of Gateways first.
import { REVISION } from '../../inject/index.ts';
import { makeDocumentKey } from '../../model/index.ts';
import type { Store } from '../../store/index.ts';

/** Whether objects of a namespace are this control plane's to write. */
export type Serves = (namespace: string) => boolean;

/** By the label that decides which of them injects its pods. What is in no namespace is of all of them. */
export function servesOf(store: Pick<Store, 'get'>, revision: string): Serves {
  return (namespace) => namespace === '' || (store.get(makeDocumentKey('', 'Namespace', '', namespace))?.metadata.labels?.[REVISION] ?? '') === revision;
}
