import type { KeptSpan } from './kept-span.ts';

/** What of a span is needed to put it together with others: little, since many are held. */
export interface HeldSpan extends Pick<KeptSpan, 'id' | 'trace' | 'parent' | 'b3' | 'service' | 'workload' | 'startUs' | 'durationUs' | 'status' | 'request'> {
  /** What kind of request it is. */
  readonly operation: string;
  readonly callee: string;
}

export function heldSpan({ id, trace, parent, b3, service, workload, startUs, durationUs, status, request, name, peer, cluster, host }: KeptSpan): HeldSpan {
  return {
    id,
    trace,
    parent,
    ...(b3 === undefined ? {} : { b3 }),
    service,
    workload,
    startUs,
    durationUs,
    status,
    request,
    operation: name,
    callee: peer || cluster || host,
  };
}

export const endUs = ({ startUs, durationUs }: Pick<KeptSpan, 'startUs' | 'durationUs'>): number => startUs + durationUs;
