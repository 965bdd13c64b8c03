// Who spoke with whom without the mesh's protection, in the last hour, as proxies told.
import type { PeerView } from '../../api/index.ts';
import type { Check, Found } from './check.ts';

const UNKNOWN = 'no records are kept here';

/** One finding per service that was called: its callers are addresses, of which there may be many. */
function byService(peers: readonly PeerView[], make: (service: string, peers: readonly PeerView[]) => Omit<Found, 'object'>): readonly Found[] {
  const services = new Map<string, PeerView[]>();
  for (const peer of peers) services.set(peer.service, [...(services.get(peer.service) ?? []), peer]);
  return [...services].map(([service, list]) => {
    const [namespace = '', name = ''] = service.split('/');
    return { ...make(service, list), object: { kind: 'Service', namespace: name === '' ? '' : namespace, name: name === '' ? service : name } };
  });
}

const some = (names: readonly string[]): string => {
  const each = [...new Set(names)].sort();
  return each.length <= 3 ? each.join(', ') : `${each.slice(0, 3).join(', ')} and ${each.length - 3} more`;
};
const first = (peers: readonly PeerView[]): number => Math.min(...peers.map((peer) => Date.parse(peer.first)));
const report = (service: string): string => `weft mtls report --service ${service}`;

export const callersSecured: Check = {
  id: 'callers-secured',
  section: 'workloads',
  words: 'nobody was called in plaintext in the last hour',
  look: ({ peers }) =>
    peers === undefined
      ? UNKNOWN
      : byService(
          peers.filter(({ security, service }) => security === 'plaintext' && service !== ''),
          (service, list) => ({
            code: 'WEFT2377',
            words: `${service} is called in plaintext by ${some(list.map(({ address }) => address))}`,
            since: first(list),
            next: report(service),
          }),
        ),
};

export const handshakesDone: Check = {
  id: 'handshakes-done',
  section: 'workloads',
  words: 'no caller’s certificate was refused in the last hour',
  look: ({ peers }) =>
    peers === undefined
      ? UNKNOWN
      : byService(
          peers.filter(({ security, service }) => security === 'refused' && service !== ''),
          (service, list) => ({
            code: 'WEFT2378',
            words: `${service} refused handshakes of ${some(list.map(({ address }) => address))}: ${some(list.map(({ why }) => why || 'no reason was told'))}`,
            since: first(list),
            next: report(service),
          }),
        ),
};
