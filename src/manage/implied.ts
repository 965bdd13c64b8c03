import type { Document, KindDefinition } from '../model/index.ts';
import type { Store } from '../store/index.ts';
import { builtInClasses, isGatewayClass } from './gateway-classes.ts';
import { implicitDocuments } from './namespaces.ts';

/** Documents of a kind that are there without having been written. */
export function impliedDocuments(store: Store, kind: KindDefinition): readonly Document[] {
  return isGatewayClass(kind) ? builtInClasses(store) : implicitDocuments(store, kind);
}
