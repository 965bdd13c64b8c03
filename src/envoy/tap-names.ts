// Names of the logs of tapped requests, the runtime keys that wake them, and the headers that may be told.
import type { RecordSide } from './log-names.ts';

export type TapSide = Exclude<RecordSide, 'connection'>;

/** Of 10,000 requests so many are told; nothing is without it. With headers the other one of its side is not lent. */
export function tapKey(side: TapSide, headers: boolean): string {
  return `weft.tapped${headers ? '_headers' : ''}_${side}`;
}
export const TAP_ALL = 10_000;

/** Requests that ended with this status or above are told as well. */
export const tapStatusKey = (side: TapSide): string => `${tapKey(side, false)}_from_status`;
/** And those that took so many ms or more. */
export const tapSlowerKey = (side: TapSide): string => `${tapKey(side, false)}_slower_ms`;

export const TAP_SIDES: readonly TapSide[] = ['outbound', 'inbound', 'gateway'];

export function tapLog(side: TapSide, headers: boolean): string {
  return `weft.tap${headers ? '-headers' : ''}/${side}`;
}

const LOGS: ReadonlyMap<string, TapSide> = new Map(TAP_SIDES.flatMap((side) => [true, false].map((headers) => [tapLog(side, headers), side] as const)));

/** Undefined: it is no log of tapped requests. */
export function sideOfTap(log: string): TapSide | undefined {
  return LOGS.get(log);
}

/** Envoy tells headers by name only. None of these is meant to carry a credential. */
export const TOLD_RESPONSE_HEADERS: readonly string[] =
  'age allow cache-control content-encoding content-length content-type date etag expires grpc-encoding grpc-message grpc-status last-modified location retry-after server strict-transport-security transfer-encoding vary via weft-reason www-authenticate x-powered-by x-ratelimit-limit x-ratelimit-remaining x-ratelimit-reset'.split(
    ' ',
  );
