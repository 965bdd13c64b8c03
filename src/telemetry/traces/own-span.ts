// Spans of the control plane itself, as they are kept beside those of requests: it is the service `weft` of the namespace it stands in.
import { clean } from '../clean.ts';
import type { KeptSpan } from './kept-span.ts';

/** Whose they are; `weft traces --service` finds them by it, and nobody who asks for requests does. */
export const OWN_SERVICE = 'weft-system/weft';

export interface OwnSpan {
  /** 32, 16 and 16 hexadecimal digits; the first span of a trace has no parent. */
  readonly trace: string;
  readonly id: string;
  readonly parent: string;
  readonly name: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly error: boolean;
  /** Why it failed, in words. */
  readonly reason: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** By which its trace is found besides. */
  readonly names?: readonly string[];
}

const SHORT = 300;

export function ownKept({ trace, id, parent, name, startUs, durationUs, error, reason, attributes }: OwnSpan): KeptSpan {
  const nothing = { method: '', host: '', path: '', grpcStatus: '', request: '', route: '', cluster: '', upstream: '', cause: '', policy: '', peer: '' };
  return {
    ...nothing,
    ...{ trace, id, parent, error, attributes },
    side: 'inbound',
    kind: 'server',
    service: OWN_SERVICE,
    namespace: OWN_SERVICE.split('/')[0] ?? '',
    workload: OWN_SERVICE,
    name: clean(name, SHORT),
    startUs: Math.round(startUs),
    durationUs: Math.max(0, Math.round(durationUs)),
    reason: clean(reason, SHORT),
    status: 0,
    flags: [],
    attempts: 1,
    proxyUs: -1,
    upstreamUs: -1,
  };
}
