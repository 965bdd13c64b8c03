// Requests told one by one while somebody listens (docs/tap.md). The loggers are in every connection manager, the same everywhere, and tell nothing
// but while the runtime key is lent to the proxy (control/tuning.ts): otherwise a request costs them one look-up. Headers are told where requests
// arrive, by a logger of its own: what nobody asked to see does not leave the proxy.
import {
  type AccessLogFilterSchema,
  type AccessLogSchema,
  ComparisonFilter_Op,
  FractionalPercent_DenominatorType,
  HttpGrpcAccessLogConfigSchema,
  type Init,
  type MessageInitShape,
  named,
  type TapSide,
  TOLD_RESPONSE_HEADERS,
  tapKey,
  tapLog,
  tapSlowerKey,
  tapStatusKey,
} from '../../envoy/index.ts';
import { TOLD_REQUEST_HEADERS } from '../../model/index.ts';
import { ALS, TOLD } from './als.ts';
import { ofBoth, type Whose } from './whose.ts';

type AccessLog = Init<typeof AccessLogSchema>;
type Filter = MessageInitShape<typeof AccessLogFilterSchema>;

/** Whoever looks on is waiting. */
const FLUSH_MS = 100;

/** Higher than any status, longer than any request: what nobody lent a value for is never it. */
const NEVER = 4_294_967_295;

/** So many of 10,000, by the request's id: the same ones at both ends. */
const lent = (runtimeKey: string): Filter => ({
  filterSpecifier: {
    case: 'runtimeFilter',
    value: { runtimeKey, percentSampled: { numerator: 0, denominator: FractionalPercent_DenominatorType.TEN_THOUSAND }, useIndependentRandomness: false },
  },
});

const atLeast = (which: 'statusCodeFilter' | 'durationFilter', runtimeKey: string): Filter => ({
  filterSpecifier: { case: which, value: { comparison: { op: ComparisonFilter_Op.GE, value: { defaultValue: NEVER, runtimeKey } } } },
});

/** For access logs, where requests arrive or enter: what failed and what was slow, besides. */
const chosen = (side: TapSide): Filter =>
  side === 'outbound'
    ? lent(tapKey(side, false))
    : {
        filterSpecifier: {
          case: 'orFilter',
          value: { filters: [lent(tapKey(side, false)), atLeast('statusCodeFilter', tapStatusKey(side)), atLeast('durationFilter', tapSlowerKey(side))] },
        },
      };

/** That they are there may be told; what they say may not. */
const presence = (tag: string, where: string, header: string) => ({
  tag,
  type: { case: 'value' as const, value: `%CEL('${header}' in ${where}.headers)%` },
});
const PRESENT = [
  presence('has:authorization', 'request', 'authorization'),
  presence('has:cookie', 'request', 'cookie'),
  presence('has:set-cookie', 'response', 'set-cookie'),
];

function plain(side: TapSide, whose: Whose): AccessLog {
  return {
    ...named('envoy.access_loggers.http_grpc', HttpGrpcAccessLogConfigSchema, {
      commonConfig: { ...ALS(tapLog(side, false), FLUSH_MS), customTags: TOLD[whose].request },
      additionalResponseHeadersToLog: ['weft-reason', 'grpc-status'],
      additionalResponseTrailersToLog: ['grpc-status'],
    }),
    filter: chosen(side),
  };
}

function withHeaders(side: TapSide, whose: Whose): AccessLog {
  return {
    ...named('envoy.access_loggers.http_grpc', HttpGrpcAccessLogConfigSchema, {
      commonConfig: { ...ALS(tapLog(side, true), FLUSH_MS), customTags: [...TOLD[whose].request, ...PRESENT] },
      additionalRequestHeadersToLog: [...TOLD_REQUEST_HEADERS],
      additionalResponseHeadersToLog: [...TOLD_RESPONSE_HEADERS],
      additionalResponseTrailersToLog: ['grpc-status', 'grpc-message'],
    }),
    filter: lent(tapKey(side, true)),
  };
}

/** Loggers of every request, asleep. */
export const TAPPED = ofBoth(
  (whose): Readonly<Record<TapSide, readonly AccessLog[]>> => ({
    outbound: [plain('outbound', whose)],
    inbound: [plain('inbound', whose), withHeaders('inbound', whose)],
    gateway: [plain('gateway', whose), withHeaders('gateway', whose)],
  }),
);
