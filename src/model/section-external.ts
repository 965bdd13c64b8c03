import { releaseAddress, takeAddress } from './addresses.ts';
import type { Document, Service } from './entities.ts';
import { externalKey, ownerOf } from './external.ts';
import type { ExternalServiceSpec } from './kinds/external-service.ts';
import { addTo, type MeshDraft, takeFrom } from './mesh-draft.ts';
import { readExternalService } from './read-external.ts';

/** How an ExternalService enters a mesh: a service without workloads, with a virtual address for each of its hosts. */
export const externalServices = {
  put: (draft: MeshDraft, document: Document, spec: unknown): void => {
    const service = readExternalService(document, spec as ExternalServiceSpec);
    // Where it stands must be known before addresses are given out: a host of it may have to make way for another at once.
    draft.services.set(service.key, service);
    const claim = { createdAt: document.metadata.creationTimestamp ?? '' };
    for (const { host } of service.external?.hosts ?? []) {
      takeAddress(draft, ownerOf(service.key, host), claim);
      addTo(draft.servicesByHost, host, service.key);
    }
    if (service.external?.egress !== undefined) addTo(draft.externalsByGateway, service.external.egress.gateway, service.key);
  },
  take: (draft: MeshDraft, document: Document): void => {
    const key = externalKey(document.metadata.namespace, document.metadata.name);
    const service: Service | undefined = draft.services.get(key);
    if (service === undefined) return;
    draft.services.delete(key);
    if (service.external?.egress !== undefined) takeFrom(draft.externalsByGateway, service.external.egress.gateway, key);
    for (const { host } of service.external?.hosts ?? []) {
      takeFrom(draft.servicesByHost, host, key);
      releaseAddress(draft, ownerOf(key, host));
    }
  },
};
