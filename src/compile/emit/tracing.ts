// Tracing of every connection manager: spans to the control plane, over the same stream and token as everything that a proxy tells. It is the same
// everywhere and never changes (filter chains are shared): how much is traced, and what else is written on a span, a route says (route-tracing.ts).
// A request that is not traced costs a decision and two headers; what is written on spans is only worked out for those that are.
import {
  type CustomTagSchema,
  duration,
  type HttpConnectionManager_TracingSchema,
  type Init,
  named,
  OpenTelemetryConfigSchema,
  SPAN_TAGS,
  type SpanTag,
  samplerAmongPeers,
  samplerTowardsStrangers,
  UuidRequestIdSchema,
} from '../../envoy/index.ts';
import { XDS_CLUSTER } from '../plan/names.ts';
import { ofBoth, type Whose, WORKLOAD_OF_LISTENER } from './whose.ts';

/** Of 10,000 requests, where no policy says otherwise: one of a hundred. */
export const USUAL_RATE = 100;
/** A path is cut behind so many characters; what is kept of it is less. */
const MOST_PATH = 1024;
/** Spans that wait to be sent, of one worker; more are dropped, and counted by Envoy. */
const MOST_WAITING = 4096;
const SEND_MS = 2000;

type Tag = Init<typeof CustomTagSchema>;

const formatted = (tag: SpanTag, value: string): Tag => ({ tag: SPAN_TAGS[tag], type: { case: 'value', value } });

/** A value that is empty is not written. Microseconds: until the request went on to upstream, and from then until the last of the answer had come. */
const TAGS: readonly Tag[] = [
  formatted('route', '%ROUTE_NAME%'),
  formatted('attempts', '%UPSTREAM_REQUEST_ATTEMPT_COUNT%'),
  formatted('reason', '%RESP(WEFT-REASON)%'),
  formatted('details', '%RESPONSE_CODE_DETAILS%'),
  formatted('blame', '%METADATA(ROUTE:weft)%'),
  formatted('upstream', '%UPSTREAM_HOST%'),
  formatted('beforeUs', '%COMMON_DURATION(DS_RX_BEG:US_TX_BEG:us)%'),
  formatted('upstreamUs', '%COMMON_DURATION(US_TX_BEG:US_RX_END:us)%'),
];

const OF_CALLERS: readonly Tag[] = [formatted('service', '%CLUSTER_METADATA(weft:service)%'), formatted('peer', '%UPSTREAM_PEER_URI_SAN%')];
const OF_CALLED: readonly Tag[] = [formatted('peer', '%DOWNSTREAM_PEER_URI_SAN%')];

const OWN: Readonly<Record<Whose, readonly Tag[]>> = { token: [], listener: [formatted('workload', WORKLOAD_OF_LISTENER)] };

type Place = 'outbound' | 'inbound' | 'gateway';

function tracing(place: Place, strangers: boolean, whose: Whose): Init<typeof HttpConnectionManager_TracingSchema> {
  const sampler = strangers ? samplerTowardsStrangers(USUAL_RATE) : samplerAmongPeers(USUAL_RATE);
  const provider = named('envoy.tracers.opentelemetry', OpenTelemetryConfigSchema, {
    grpcService: { targetSpecifier: { case: 'envoyGrpc', value: { clusterName: XDS_CLUSTER } }, timeout: duration(SEND_MS) },
    // Whose span it is the proxy's token says: the listener is the same for all.
    serviceName: 'weft',
    maxCacheSize: MOST_WAITING,
    sampler,
  });
  const side: Tag = { tag: SPAN_TAGS.side, type: { case: 'literal', value: { value: place } } };
  return {
    // The sampler decides, and nothing before it.
    clientSampling: { value: 100 },
    randomSampling: { value: 100 },
    overallSampling: { value: 100 },
    verbose: false,
    maxPathTagLength: MOST_PATH,
    customTags: [side, ...TAGS, ...(place === 'inbound' ? OF_CALLED : OF_CALLERS), ...OWN[whose]],
    provider: { name: provider.name, configType: provider.configType },
    spawnUpstreamSpan: false,
    noContextPropagation: false,
  };
}

/** Plaintext comes from whoever there is, as at a gateway. */
export const TRACING = ofBoth((whose) => ({
  outbound: tracing('outbound', false, whose),
  inbound: tracing('inbound', false, whose),
  plaintext: tracing('inbound', true, whose),
  gateway: tracing('gateway', true, whose),
}));

/** Ids of requests are left as they are: Envoy would write into them whether they are traced. */
export const REQUEST_IDS = {
  typedConfig: named('envoy.request_id.uuid', UuidRequestIdSchema, { packTraceReason: false, useRequestIdForTraceSampling: false }).configType.value,
};
