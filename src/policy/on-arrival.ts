// Kinds that decide about requests where they arrive and at Gateways. Nobody overrides another: whatever holds at a place is asked there.
import { inFrontOrNamed } from './hears.ts';
import type { PolicyDefinition } from './policy.ts';

export const ON_ARRIVAL = {
  targets: ['Mesh', 'Namespace', 'Service', 'Gateway', 'HTTPRoute', 'GRPCRoute'],
  sites: [
    { kind: 'route', side: 'inbound' },
    { kind: 'route', side: 'gateway' },
  ],
  perSite: true,
  additive: true,
  union: true,
} as const satisfies Partial<PolicyDefinition>;

/** The same for kinds that only know requests, once on their way; `without` says what there is none of on a port of TCP. */
export function ofRequestsOnArrival(without: string) {
  const ignored: PolicyDefinition['ignored'] = (_path, { protocol }) => (protocol === 'tcp' ? `the port speaks TCP: ${without}` : undefined);
  return { ...ON_ARRIVAL, hears: inFrontOrNamed, ignored };
}
