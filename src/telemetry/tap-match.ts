// Which requests a tap shows. What a proxy was chosen for says which of what it tells may be shown at all; the filters say the rest.
import type { TapRequest, TapSide } from '../api/index.ts';

/** Why a proxy was chosen: it serves what is tapped (or is it), or it calls it. */
export interface TapRole {
  readonly serves: boolean;
  readonly calls: boolean;
}

/** A tap as the listening thread knows it. */
export interface TapMatch {
  /** `namespace/name` of the service that is tapped. */
  readonly service?: string | undefined;
  /** All of a namespace is tapped; '' = all namespaces. */
  readonly namespace?: string | undefined;
  /** Service that is to be called. */
  readonly to?: string | undefined;
  /** Callers: `namespace/name` of workloads, and of service accounts. */
  readonly from?: { readonly workloads: readonly string[]; readonly accounts: readonly string[] };
  readonly side?: TapSide | undefined;
  readonly path?: string | undefined;
  readonly method?: string | undefined;
  readonly scheme?: string | undefined;
  readonly authority?: string | undefined;
  readonly status?: string | undefined;
  readonly headers: boolean;
  readonly maxRps: number;
}

/** Failures are told by every proxy, always (docs/records.md): those of callers need no tap on them. */
export function failed({ status, cause, flags }: Pick<TapRequest, 'status' | 'cause' | 'flags'>): boolean {
  return status >= 500 || status === 0 || cause !== '' || flags.length > 0;
}

/** What a tap may show of a proxy; undefined role: it was not chosen, and tells of failures only. */
function concerns({ service, namespace }: TapMatch, role: TapRole | undefined, event: TapRequest): boolean {
  const { side, destination } = event;
  if (service !== undefined) {
    if (side === 'inbound') return role?.serves === true;
    return destination.service === service && (role === undefined ? failed(event) : role.calls);
  }
  if (role !== undefined) return role.serves || role.calls;
  return namespace !== undefined && side !== 'inbound' && destination.service.startsWith(namespace === '' ? '' : `${namespace}/`) && failed(event);
}

const accountOf = (principal: string): string => /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(principal)?.slice(1).join('/') ?? '';

function isFrom({ from }: TapMatch, { source }: TapRequest): boolean {
  if (from === undefined) return true;
  if (source.workload !== '') return from.workloads.includes(source.workload) || from.accounts.includes(accountOf(source.principal));
  return source.principal !== '' && from.accounts.includes(accountOf(source.principal));
}

function hasStatus(status: string | undefined, event: TapRequest): boolean {
  if (status === undefined) return true;
  return status.endsWith('xx') ? Math.floor(event.status / 100) === Number(status[0]) : event.status === Number(status);
}

const equals = (wanted: string | undefined, found: string): boolean => wanted === undefined || wanted === found;
const begins = (wanted: string | undefined, found: string): boolean => wanted === undefined || found.startsWith(wanted);

export function matches(match: TapMatch, role: TapRole | undefined, event: TapRequest): boolean {
  return (
    equals(match.method, event.method) &&
    hasStatus(match.status, event) &&
    begins(match.path, event.path) &&
    equals(match.side, event.side) &&
    equals(match.scheme, event.scheme) &&
    begins(match.authority, event.authority) &&
    equals(match.to, event.destination.service) &&
    concerns(match, role, event) &&
    isFrom(match, event)
  );
}
