// How the documents of gateways enter a mesh and leave it again.
import type { Document, DocumentKey } from './entities.ts';
import type { BackendTls, Gateway, Listener, ListenerSet, ObjectRef } from './gateways.ts';
import { documentKey, makeDocumentKey } from './keys.ts';
import type { BackendTlsPolicySpec } from './kinds/backend-tls-policy.ts';
import type { ConfigMapSpec } from './kinds/config-map.ts';
import type { GatewaySpec } from './kinds/gateway.ts';
import type { GatewayClassSpec } from './kinds/gateway-class.ts';
import type { ListenerSetSpec } from './kinds/listener-set.ts';
import type { SecretSpec } from './kinds/secret.ts';
import { addTo, type MeshDraft, takeFrom } from './mesh-draft.ts';
import { readBackendTls, readConfigMap, readGateway, readGatewayClass, readListenerSet, readSecret } from './read-gateways.ts';
import type { Section } from './sections.ts';

const certificatesOf = (listeners: readonly Listener[]): readonly ObjectRef[] => listeners.flatMap((listener) => listener.tls?.certificates ?? []);

/** Everything a Gateway refers to, but routes and their backends, which refer to it. */
function refsOfGateway(gateway: Gateway): readonly ObjectRef[] {
  const validations = [gateway.validation, ...gateway.validationByPort.values()];
  return [
    ...certificatesOf(gateway.listeners),
    ...validations.flatMap((validation) => validation?.authorities ?? []),
    ...(gateway.clientCertificate === undefined ? [] : [gateway.clientCertificate]),
    ...(gateway.infrastructure.parameters === undefined ? [] : [gateway.infrastructure.parameters]),
  ];
}

/** A document by its reference, as DocumentKey has it. */
export function keyOfRef({ group, kind, namespace, name }: Omit<ObjectRef, 'origin'>): DocumentKey {
  return makeDocumentKey(group, kind, namespace, name);
}

function refer(draft: MeshDraft, by: DocumentKey, refs: readonly ObjectRef[]): void {
  for (const key of new Set(refs.map(keyOfRef))) addTo(draft.referrers, key, by);
}

function unrefer(draft: MeshDraft, by: DocumentKey, refs: readonly ObjectRef[]): void {
  for (const key of new Set(refs.map(keyOfRef))) takeFrom(draft.referrers, key, by);
}

const gateways: Section = {
  put: (draft, document, spec) => {
    const gateway = readGateway(document, spec as GatewaySpec);
    draft.gateways.set(gateway.id, gateway);
    refer(draft, gateway.key, refsOfGateway(gateway));
  },
  take: (draft, document) => {
    const gateway = draft.gateways.get(nameOf(document));
    if (gateway === undefined) return;
    unrefer(draft, gateway.key, refsOfGateway(gateway));
    draft.gateways.delete(gateway.id);
  },
};

const nameOf = ({ metadata }: Document): string => `${metadata.namespace}/${metadata.name}`;

const listenerSets: Section = {
  put: (draft, document, spec) => {
    const set = readListenerSet(document, spec as ListenerSetSpec);
    draft.listenerSets.set(set.id, set);
    addTo(draft.listenerSetsByGateway, set.gateway, set.id);
    refer(draft, set.key, certificatesOf(set.listeners));
  },
  take: (draft, document) => {
    const set: ListenerSet | undefined = draft.listenerSets.get(nameOf(document));
    if (set === undefined) return;
    takeFrom(draft.listenerSetsByGateway, set.gateway, set.id);
    unrefer(draft, set.key, certificatesOf(set.listeners));
    draft.listenerSets.delete(set.id);
  },
};

const gatewayClasses: Section = {
  put: (draft, document, spec) => {
    const made = readGatewayClass(document, spec as GatewayClassSpec);
    draft.gatewayClasses.set(made.name, made);
    if (made.parameters !== undefined) refer(draft, made.key, [made.parameters]);
  },
  take: (draft, document) => {
    const made = draft.gatewayClasses.get(document.metadata.name);
    if (made?.parameters !== undefined) unrefer(draft, made.key, [made.parameters]);
    draft.gatewayClasses.delete(document.metadata.name);
  },
};

const secrets: Section = {
  put: (draft, document, spec) => void draft.secrets.set(nameOf(document), readSecret(document, spec as SecretSpec)),
  take: (draft, document) => void draft.secrets.delete(nameOf(document)),
};

const configMaps: Section = {
  put: (draft, document, spec) => void draft.configMaps.set(nameOf(document), readConfigMap(document, spec as ConfigMapSpec)),
  take: (draft, document) => void draft.configMaps.delete(nameOf(document)),
};

/** Where a BackendTLSPolicy is found by what it is for. */
export function targetIndexKey(policy: Pick<BackendTls, 'namespace'>, target: { readonly kind: string; readonly name: string }): string {
  return `${target.kind}/${policy.namespace}/${target.name}`;
}

const backendTls: Section = {
  put: (draft, document, spec) => {
    const policy = readBackendTls(document, spec as BackendTlsPolicySpec);
    draft.backendTls.set(documentKey(document), policy);
    for (const target of policy.targets) addTo(draft.backendTlsByTarget, targetIndexKey(policy, target), policy.key);
    refer(draft, policy.key, policy.authorities);
  },
  take: (draft, document) => {
    const policy = draft.backendTls.get(documentKey(document));
    if (policy === undefined) return;
    for (const target of policy.targets) takeFrom(draft.backendTlsByTarget, targetIndexKey(policy, target), policy.key);
    unrefer(draft, policy.key, policy.authorities);
    draft.backendTls.delete(policy.key);
  },
};

export const GATEWAY_SECTIONS: Readonly<Record<string, Section>> = {
  Secret: secrets,
  ConfigMap: configMaps,
  'gateway.networking.k8s.io/Gateway': gateways,
  'gateway.networking.k8s.io/GatewayClass': gatewayClasses,
  'gateway.networking.k8s.io/ListenerSet': listenerSets,
  'gateway.networking.k8s.io/BackendTLSPolicy': backendTls,
};
