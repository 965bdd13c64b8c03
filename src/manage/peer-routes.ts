// Other meshes and how it is with them: /weft/v1/mesh-peers.
import type { ManagePorts } from './ports.ts';
import type { WeftRoute } from './routes.ts';

export function peerRoutes(ports: Pick<ManagePorts, 'meshPeers'>): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/mesh-peers',
      permission: { kind: 'weft', verb: 'list', resource: 'meshpeers', in: 'everywhere' },
      answer: () => ({ items: ports.meshPeers?.() ?? [] }),
    },
  ];
}
