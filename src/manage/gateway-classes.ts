// The class `weft` is there without a document. Reading shows it, as long as nobody has written one of that name; it is not watched, since
// nothing happens to it.
import { BUILT_IN_CLASS, type Document, GATEWAY_CONTROLLER, type KindDefinition, makeDocumentKey, SUPPORTED_FEATURES } from '../model/index.ts';
import type { Store } from '../store/index.ts';

const GROUP = 'gateway.networking.k8s.io';
const EPOCH = '1970-01-01T00:00:00Z';

export const isGatewayClass = (kind: KindDefinition): boolean => kind.kind === 'GatewayClass' && kind.group === GROUP;

const CLASS: Document = {
  apiVersion: `${GROUP}/v1`,
  kind: 'GatewayClass',
  metadata: { name: BUILT_IN_CLASS, namespace: '', labels: {}, annotations: {} },
  spec: { controllerName: GATEWAY_CONTROLLER, description: 'built in: Gateways are served by `weft gateway`' },
  status: {
    conditions: [
      {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        message: 'its Gateways are served by `weft gateway`',
        observedGeneration: 0,
        lastTransitionTime: EPOCH,
      },
    ],
    supportedFeatures: SUPPORTED_FEATURES.map((name) => ({ name })),
  },
};

/** The built-in class, unless a document has its name. */
export function builtInClasses(store: Store): readonly Document[] {
  return store.get(makeDocumentKey(GROUP, 'GatewayClass', '', BUILT_IN_CLASS)) === undefined ? [CLASS] : [];
}
