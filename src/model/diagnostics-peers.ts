// What is wrong with MeshPeers: 2230–2259.
import type { DiagnosticKind } from './diagnostics.ts';

export const PEERS = {
  WEFT2230: {
    severity: 'error',
    title: 'the mesh as its own peer',
    docs: 'A MeshPeer is named after the trust domain of this mesh itself, whose anchors are its own.',
    hint: 'name it after the trust domain of the other mesh',
  },
  WEFT2231: {
    severity: 'error',
    title: 'a peer without anchors',
    docs: 'A MeshPeer gives neither a bundle nor an endpoint to fetch one from.',
    hint: 'give spec.bundle (weft bundle prints it there), spec.endpoint, or both',
  },
  WEFT2232: {
    severity: 'error',
    title: 'no SPIFFE bundle',
    docs: 'The bundle of a MeshPeer is not the JSON that SPIFFE calls a bundle, or has no X.509 authority in it.',
    hint: 'copy it anew from the other mesh, whole',
  },
  WEFT2233: {
    severity: 'error',
    title: 'no bundle endpoint',
    docs: 'The endpoint of a MeshPeer is not one of a SPIFFE federation profile (https_web, https_spiffe), or lacks what the profile needs.',
    hint: 'see docs/identity.md, Other meshes',
  },
} as const satisfies Record<string, DiagnosticKind>;
