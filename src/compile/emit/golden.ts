// Golden metrics: what every connection manager and every TCP proxy counts of what went through it (names and tags: envoy/golden-metrics.ts). It
// is part of every filter chain and the same in all of a kind, so no policy ever changes it. Tags are texts that Envoy has at hand, nothing of a
// request that a client could make up (host, path, headers), so that series are as many as documents make; what answers can still vary has limits.
import {
  type AccessLogSchema,
  AccessLogType,
  extension,
  GOLDEN,
  type GoldenMetric,
  type Init,
  JOINED_TAG,
  JOINED_TAGS,
  joinedFormat,
  named,
  StatHistogramUnit,
  StatsAccessLogSchema,
  type StatTagSchema,
  StatTagValueInputSchema,
  TAG,
  TransformStatSchema,
} from '../../envoy/index.ts';
import { REFUSED } from './refused.ts';
import { ofBoth, type Whose, WORKLOAD_OF_LISTENER } from './whose.ts';

type AccessLog = Init<typeof AccessLogSchema>;
type Tag = Init<typeof StatTagSchema>;
export type Reporter = 'source' | 'destination';

/** Series of one filter chain. More are not counted: they would be answers of hundreds of statuses from one port. */
const MOST_SERIES = 2000;
const SCOPE = { prefix: '', enableEviction: true, maxCounters: MOST_SERIES, maxGauges: 1, maxHistograms: MOST_SERIES };

/** Formats by what they tell. */
type Told = Readonly<Partial<Record<(typeof JOINED_TAGS)[number], string>>>;

const joined = (told: Told): Tag => ({ name: JOINED_TAG, valueFormat: joinedFormat(JOINED_TAGS, told) });

const becomes = (newTagValue: string) => ({
  onMatch: { case: 'action' as const, value: extension('is', TransformStatSchema, { updateTag: { newTagValue } }) },
});

/** `grpc` by what the request says of its content, which is never a tag itself. */
const PROTOCOL: Tag = {
  name: TAG.requestProtocol,
  valueFormat: '%REQ(CONTENT-TYPE)%',
  rules: {
    matcherType: {
      case: 'matcherList',
      value: {
        matchers: [
          {
            predicate: {
              matchType: {
                case: 'singlePredicate',
                value: {
                  input: extension('value', StatTagValueInputSchema, {}),
                  matcher: { case: 'valueMatch', value: { matchPattern: { case: 'prefix', value: 'application/grpc' } } },
                },
              },
            },
            onMatch: becomes('grpc'),
          },
        ],
      },
    },
    onNoMatch: becomes('http'),
  },
};

/** Who is at the other end, and where in the proxy. */
const ENDS: Readonly<Record<Reporter, Told>> = {
  source: {
    [TAG.reporter]: 'source',
    [TAG.place]: '%FILTER_CHAIN_NAME%',
    [TAG.destinationService]: '%CLUSTER_METADATA(weft:service)%',
    [TAG.destinationWorkload]: '%UPSTREAM_METADATA(weft:group)%',
    [TAG.destinationPrincipal]: '%UPSTREAM_PEER_URI_SAN%',
  },
  destination: { [TAG.reporter]: 'destination', [TAG.place]: '%UPSTREAM_CLUSTER%', [TAG.sourcePrincipal]: '%DOWNSTREAM_PEER_URI_SAN%' },
};

const OWN: Readonly<Record<Whose, Told>> = { token: {}, listener: { [TAG.workload]: WORKLOAD_OF_LISTENER } };

const FLAGS: Told = { [TAG.responseFlags]: '%RESPONSE_FLAGS%' };
const CODE: Told = { [TAG.responseCode]: '%RESPONSE_CODE%' };
const GRPC_STATUS: Told = { [TAG.grpcStatus]: '%GRPC_STATUS_NUMBER%' };
/** Where requests arrive there is one route, and `place` says its port. */
const ROUTE: Readonly<Record<Reporter, Told>> = { source: { [TAG.route]: '%ROUTE_NAME%' }, destination: {} };
const BLAME: Told = { [TAG.blame]: '%METADATA(ROUTE:weft)%', [TAG.details]: '%RESPONSE_CODE_DETAILS%' };

const one = (name: GoldenMetric, told: Told) => ({ stat: { name, tags: [joined(told)] }, valueFixed: 1n });
const sum = (name: GoldenMetric, told: Told, valueFormat: string) => ({ stat: { name, tags: [joined(told)] }, valueFormat });
const bytes = (name: GoldenMetric, told: Told, valueFormat: string) => ({ ...sum(name, told, valueFormat), unit: StatHistogramUnit.Bytes });

type Stats = Omit<Init<typeof StatsAccessLogSchema>, 'statsScope'>;

function counted(stats: Stats, filter: AccessLog['filter']): AccessLog {
  return { ...named('envoy.access_loggers.stats', StatsAccessLogSchema, { statsScope: SCOPE, ...stats }), ...(filter === undefined ? {} : { filter }) };
}

const of = (type: AccessLogType): AccessLog['filter'] => ({ filterSpecifier: { case: 'logTypeFilter', value: { types: [type] } } });

function requestsOf(reporter: Reporter, whose: Whose): readonly AccessLog[] {
  const ends = { ...ENDS[reporter], ...OWN[whose] };
  const answer = { ...ends, ...ROUTE[reporter], ...CODE, ...FLAGS };
  const whole = joined({ ...answer, ...GRPC_STATUS });
  return [
    counted(
      {
        histograms: [
          { stat: { name: GOLDEN.durationMs, tags: [whole, PROTOCOL] }, unit: StatHistogramUnit.Milliseconds, valueFormat: '%DURATION%' },
          bytes(GOLDEN.requestBytes, ends, '%BYTES_RECEIVED%'),
          bytes(GOLDEN.responseBytes, ends, '%BYTES_SENT%'),
        ],
      },
      // where beginnings are told too (emit/fallback.ts) they are no requests yet
      of(AccessLogType.DownstreamEnd),
    ),
    counted({ counters: [one(GOLDEN.refusals, { ...answer, ...BLAME })] }, REFUSED),
  ];
}

/** Numbers of requests. Envoy's bytes are those of bodies. */
export const REQUEST_METRICS = ofBoth(
  (whose): Readonly<Record<Reporter, readonly AccessLog[]>> => ({
    source: requestsOf('source', whose),
    destination: requestsOf('destination', whose),
  }),
);

function connectionsOf(reporter: Reporter, whose: Whose): readonly AccessLog[] {
  const ends = { ...ENDS[reporter], ...OWN[whose] };
  return [
    counted({ counters: [one(GOLDEN.tcpOpened, ends)] }, of(AccessLogType.TcpUpstreamConnected)),
    // what is told of a connection while it lives counts from its beginning: added up it would be too much
    counted(
      {
        counters: [one(GOLDEN.tcpClosed, { ...ends, ...FLAGS }), sum(GOLDEN.tcpReceived, ends, '%BYTES_RECEIVED%'), sum(GOLDEN.tcpSent, ends, '%BYTES_SENT%')],
      },
      of(AccessLogType.TcpConnectionEnd),
    ),
  ];
}

/** Numbers of connections that carry no requests: as they come through, and as they end. */
export const CONNECTION_METRICS = ofBoth(
  (whose): Readonly<Record<Reporter, readonly AccessLog[]>> => ({
    source: connectionsOf('source', whose),
    destination: connectionsOf('destination', whose),
  }),
);
