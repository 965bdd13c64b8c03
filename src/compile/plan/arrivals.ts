// The ports of a workload, each with who is heard there.
import { type DocumentKey, type Mesh, makeDocumentKey, type Policy, type Service, servicesOfWorkload, type Workload } from '../../model/index.ts';
import { actsAt, effectiveAt, POLICIES } from '../../policy/index.ts';
import { targetOf } from './endpoints.ts';

import { calledService, holdings, inboundActing } from './policies.ts';
import { protocolOf } from './proxy.ts';

export interface Arrived {
  readonly port: number;
  /** Whether a policy would hold here if no other Service led here. */
  readonly heardBy: (service: Service, policy: Policy) => boolean;
  /** Whether it is among those that do. */
  readonly held: (policy: Policy) => boolean;
  /** The most specific policy of a kind that does. */
  readonly deciding: (kind: string) => Policy | undefined;
  /** The document whose program the filter runs. */
  readonly programOf: (filter: 'weft.wasm' | 'weft.ext_proc') => DocumentKey | undefined;
}

/** In the order in which a proxy has them. */
export function arrivalsAt(mesh: Mesh, workload: Workload): readonly Arrived[] {
  const services = servicesOfWorkload(mesh, workload);
  const ports = [...workload.ports].sort((a, b) => a.proxyPort - b.proxyPort);
  return ports.map((port) => {
    const { protocol } = protocolOf(services, workload, port);
    const actings = (['route', 'cluster'] as const).map((kind) => inboundActing(mesh, { workload, port: port.port, protocol, kind }));
    const of = (kind: string): readonly Policy[] =>
      actings.flatMap((acting) => holdings(acting)).flatMap(({ definition, effective }) => (definition.kind.kind === kind ? effective.policies : []));
    return {
      port: port.port,
      held: (policy) => of(policy.kind).some((each) => each.key === policy.key),
      deciding: (kind) => of(kind).at(-1),
      programOf: (filter) => {
        const all = actings.flatMap(({ contributions }) => contributions);
        const found = all.find((each) => (each.kind === 'http-filter' || each.kind === 'http-filter-to') && each.filter === filter);
        if (found === undefined || !('origin' in found)) return undefined;
        return makeDocumentKey('weft.dev', found.origin.kind, found.origin.namespace, found.origin.name);
      },
      heardBy: (service, policy) => {
        const definition = POLICIES.find((each) => each.kind.kind === policy.kind);
        const leading = service.ports.find((each) => targetOf(workload, each)?.port === port.port);
        if (definition === undefined || leading === undefined) return false;
        const subject = { workload, consumer: '', service: calledService(service, leading) };
        const acts = (['route', 'cluster'] as const).some((kind) => actsAt(definition, { kind, side: 'inbound' }));
        return acts && effectiveAt(mesh, { definition, subject, protocol, owner: workload }).policies.some((each) => each.key === policy.key);
      },
    };
  });
}
