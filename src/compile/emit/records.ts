// What proxies tell the control plane of requests and connections (docs/records.md). It is part of every connection manager and the same in all
// of them, so no policy ever changes it. Most requests are looked at by a few comparisons and told to nobody; filters that cost more stand
// behind cheaper ones. Envoy gathers what is to be told and sends it off the path of requests; with nobody to tell it to, it is dropped.
import {
  type AccessLogFilterSchema,
  type AccessLogSchema,
  AccessLogType,
  CelFilterSchema,
  ComparisonFilter_Op,
  duration,
  FractionalPercent_DenominatorType,
  GrpcStatusFilter_Status as Grpc,
  HttpGrpcAccessLogConfigSchema,
  headerMatcher,
  type Init,
  type MessageInitShape,
  named,
  type RecordSide,
  recordsLog,
  SHADOW_KEYS,
  SHADOW_NAMESPACE,
  TcpGrpcAccessLogConfigSchema,
} from '../../envoy/index.ts';
import { ALS, TOLD } from './als.ts';
import { TAPPED } from './tap.ts';
import { ofBoth, type Whose } from './whose.ts';

type Filter = MessageInitShape<typeof AccessLogFilterSchema>;
type AccessLog = Init<typeof AccessLogSchema>;

/** What is told comes so much later, at most, or when there is so much of it. */
const FLUSH_MS = 500;

const any = (...filters: Filter[]): Filter => ({ filterSpecifier: { case: 'orFilter', value: { filters } } });
const all = (...filters: Filter[]): Filter => ({ filterSpecifier: { case: 'andFilter', value: { filters } } });

const statusFrom = (least: number): Filter => ({
  filterSpecifier: {
    case: 'statusCodeFilter',
    value: { comparison: { op: ComparisonFilter_Op.GE, value: { defaultValue: least, runtimeKey: `weft.records_from_${least}` } } },
  },
});

const flagged = (flags: string): Filter => ({ filterSpecifier: { case: 'responseFlagFilter', value: { flags: flags.split(' ') } } });

/** Everything that Envoy marks, but a client that went away (DC, DR), which is no failure of anybody asked, and a delay (DI), which is none at all. */
const FLAGGED = flagged('LH UH UT LR UR UF UC UO NR FI RL UAEX RLSE URX SI IH DPE UMSDR NFCF DT UPE NC OM DF DO');
/** Of these, what befalls connections. */
const FLAGGED_CONNECTION = flagged('UH UF UC UO NR URX DT NC OM DF DO');

/** An answer of the mesh, not of the application. Looked at from 400 on only: an expression costs more than a comparison. */
const OWN: Filter = {
  filterSpecifier: { case: 'extensionFilter', value: named('cel', CelFilterSchema, { expression: "response.code_details != 'via_upstream'" }) },
};

/** gRPC tells of failures behind a status of 200. What an application says of the question alone (NOT_FOUND, …) is none. */
const GRPC_FAILED: Filter = all(
  { filterSpecifier: { case: 'headerFilter', value: { header: headerMatcher('content-type', 'prefix', 'application/grpc') } } },
  {
    filterSpecifier: {
      case: 'grpcStatusFilter',
      value: {
        statuses: [
          Grpc.UNKNOWN,
          Grpc.DEADLINE_EXCEEDED,
          Grpc.PERMISSION_DENIED,
          Grpc.RESOURCE_EXHAUSTED,
          Grpc.UNIMPLEMENTED,
          Grpc.INTERNAL,
          Grpc.UNAVAILABLE,
          Grpc.DATA_LOSS,
          Grpc.UNAUTHENTICATED,
        ],
      },
    },
  },
);

/** What a policy that only watches would have refused. */
const WOULD_BE_DENIED: readonly Filter[] = SHADOW_KEYS.map((key) => ({
  filterSpecifier: {
    case: 'metadataFilter',
    value: {
      matcher: {
        filter: SHADOW_NAMESPACE,
        path: [{ segment: { case: 'key', value: key } }],
        value: { matchPattern: { case: 'stringMatch', value: { matchPattern: { case: 'exact', value: 'denied' } } } },
      },
      matchIfKeyNotFound: false,
    },
  },
}));

/** So many of 10,000. Chosen by its id, so that every proxy on its way chooses the same ones. */
const sampled = (numerator: number): Filter => ({
  filterSpecifier: {
    case: 'runtimeFilter',
    value: {
      runtimeKey: 'weft.records_sampled',
      percentSampled: { numerator, denominator: FractionalPercent_DenominatorType.TEN_THOUSAND },
      useIndependentRandomness: false,
    },
  },
});

const common = (side: RecordSide) => ALS(recordsLog(side), FLUSH_MS);

function requestsOf(side: RecordSide, whose: Whose, sample = 100): AccessLog {
  const failed = any(FLAGGED, statusFrom(500), all(statusFrom(400), OWN), GRPC_FAILED);
  const watched = side === 'outbound' ? [] : WOULD_BE_DENIED;
  return {
    ...named('envoy.access_loggers.http_grpc', HttpGrpcAccessLogConfigSchema, {
      commonConfig: { ...common(side), customTags: side === 'outbound' ? TOLD[whose].request : TOLD[whose].arriving },
      additionalResponseHeadersToLog: ['weft-reason', 'grpc-status'],
      additionalResponseTrailersToLog: ['grpc-status'],
    }),
    filter: any(failed, ...watched, sampled(sample)),
  };
}

/** Records of requests: what the mesh answered by itself, what failed, what would have been denied, and a small sample of all. And, asleep, all of them. */
export const REQUEST_RECORDS = ofBoth(
  (whose): Readonly<Record<'outbound' | 'inbound' | 'plaintext' | 'gateway', readonly AccessLog[]>> => ({
    outbound: [requestsOf('outbound', whose), ...TAPPED[whose].outbound],
    inbound: [requestsOf('inbound', whose), ...TAPPED[whose].inbound],
    // Whoever still speaks plaintext is to be seen soon.
    plaintext: [requestsOf('inbound', whose, 1000), ...TAPPED[whose].inbound],
    gateway: [requestsOf('gateway', whose), ...TAPPED[whose].gateway],
  }),
);

/** Records of connections that carry no requests, where they did not come to where they wanted. */
export function failedConnections(side: 'outbound' | 'inbound' | 'gateway', whose: Whose): readonly AccessLog[] {
  return [
    {
      ...named('envoy.access_loggers.tcp_grpc', TcpGrpcAccessLogConfigSchema, { commonConfig: { ...common(side), customTags: TOLD[whose].connection } }),
      filter: FLAGGED_CONNECTION,
    },
  ];
}

const arrivals = (whose: Whose) => ({ ...common('connection'), customTags: [...TOLD[whose].arrival] });

/** A pool of connections to a database may live for weeks: who is in it is told while it lives. */
const LIVES_MS = 20_000;

/** Records of connections that go on, from where they arrive. */
export const LIVING_CONNECTIONS = ofBoth((whose) => ({
  accessLog: [
    {
      ...named('envoy.access_loggers.tcp_grpc', TcpGrpcAccessLogConfigSchema, { commonConfig: arrivals(whose) }),
      filter: { filterSpecifier: { case: 'logTypeFilter' as const, value: { types: [AccessLogType.TcpPeriodic] } } },
    },
  ],
  accessLogOptions: { accessLogFlushInterval: duration(LIVES_MS) },
}));

/** Told of every connection to a workload as it ends: who it was from, and how secured. Part of the listener, so a failed handshake is told as well. */
export const CONNECTION_RECORDS = ofBoth((whose): readonly AccessLog[] => [
  named('envoy.access_loggers.tcp_grpc', TcpGrpcAccessLogConfigSchema, { commonConfig: arrivals(whose) }),
]);
