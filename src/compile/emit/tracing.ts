// Tracing of every connection manager: spans to the control plane, over the same stream and token as everything that a proxy tells. It is the same
// everywhere and never changes (filter chains are shared): how much is traced, and what else is written on a span, a route says (route-tracing.ts).
// A request that is not traced costs a decision, two headers and a span that is thrown away: Envoy works out what is written on it all the same, so
// what is ours is one text.
import {
  duration,
  type HttpConnectionManager_TracingSchema,
  type Init,
  joinedFormat,
  named,
  OpenTelemetryConfigSchema,
  SPAN_TAG,
  SPAN_VALUES,
  type SpanValueName,
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

/** A value that is not known is empty, or `-`. */
const SAID: Readonly<Partial<Record<SpanValueName, string>>> = {
  route: '%ROUTE_NAME%',
  attempts: '%UPSTREAM_REQUEST_ATTEMPT_COUNT%',
  reason: '%RESP(WEFT-REASON)%',
  blame: '%METADATA(ROUTE:weft)%',
  b3: '%REQ(B3?X-B3-TRACEID):70%',
  b3Span: '%REQ(X-B3-SPANID):16%',
  b3Parent: '%REQ(X-B3-PARENTSPANID):16%',
  upstreamUs: '%COMMON_DURATION(US_TX_BEG:US_RX_END:us)%',
};

const OF_CALLERS = { service: '%CLUSTER_METADATA(weft:service)%' };

const OWN: Readonly<Record<Whose, Partial<typeof SAID>>> = { token: {}, listener: { workload: WORKLOAD_OF_LISTENER } };

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
  const said = { side: place, ...SAID, ...(place === 'inbound' ? {} : OF_CALLERS), ...OWN[whose] };
  return {
    // The sampler decides, and nothing before it.
    clientSampling: { value: 100 },
    randomSampling: { value: 100 },
    overallSampling: { value: 100 },
    verbose: false,
    maxPathTagLength: MOST_PATH,
    customTags: [{ tag: SPAN_TAG, type: { case: 'value', value: joinedFormat(SPAN_VALUES, said) } }],
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
