// What the containers of nodes have in common: root with a few capabilities, and nothing else of what root may do.
import type { Term } from './terms/index.ts';

/** The securityContext of a container that enters network namespaces of pods. */
export function nodeSecurity(capabilities: readonly string[]): Readonly<Record<string, Term>> {
  return {
    runAsUser: 0,
    runAsGroup: 0,
    runAsNonRoot: false,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: [...capabilities] },
    seccompProfile: { type: 'RuntimeDefault' },
    appArmorProfile: { type: 'Unconfined' },
    seLinuxOptions: { type: 'spc_t' },
  };
}
