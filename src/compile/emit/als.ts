// How a log reaches the control plane, and what is told of a request beside what the entry has itself.
import { ApiVersion, duration, TLS_TAG, WORKLOAD_TAG } from '../../envoy/index.ts';
import { XDS_CLUSTER } from '../plan/names.ts';
import { ofBoth, type Whose, WORKLOAD_OF_LISTENER } from './whose.ts';

const BUFFER_BYTES = 16_384;

/** A log of this name. What is told comes `flushMs` later, at most, or when there is so much of it. */
export function ALS(logName: string, flushMs: number) {
  return {
    logName,
    grpcService: { targetSpecifier: { case: 'envoyGrpc' as const, value: { clusterName: XDS_CLUSTER } } },
    transportApiVersion: ApiVersion.V3,
    bufferFlushInterval: duration(flushMs),
    bufferSizeBytes: BUFFER_BYTES,
  };
}

const tag = (name: string, value: string) => ({ tag: name, type: { case: 'value' as const, value } });

/** Whose it is, where one proxy tells for several (telemetry reads it). */
const OF_WORKLOAD: Readonly<Record<Whose, readonly ReturnType<typeof tag>[]>> = { token: [], listener: [tag(WORKLOAD_TAG, WORKLOAD_OF_LISTENER)] };

/** Who is behind what the entry has itself: policies that are to blame, who answered. */
const TAGS = [tag('blame', '%METADATA(ROUTE:weft)%'), tag('peer', '%UPSTREAM_PEER_URI_SAN%'), tag('service', '%CLUSTER_METADATA(weft:service)%')];

/** What was agreed upon: `TLSv1.3 TLS_AES_128_GCM_SHA256 X25519MLKEM768`. An entry itself has no word for the key exchange. */
const TLS = tag(TLS_TAG, '%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_TLS_CIPHER% %DOWNSTREAM_TLS_GROUP%');

/** Of requests; of those that arrive; of connections, which have no route; of connections from where they arrive, about which the entry says the rest. */
export const TOLD = ofBoth((whose) => {
  const own = OF_WORKLOAD[whose];
  return { request: [...TAGS, ...own], arriving: [...TAGS, TLS, ...own], connection: [...TAGS.slice(1), ...own], arrival: [TLS, ...own] };
});
