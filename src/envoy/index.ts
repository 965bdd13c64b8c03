// envoy: Envoy's vocabulary, fenced in. Its generated messages, builders for the shapes its API repeats, the deterministic encoder
// that is the only way resources become bytes, Envoy's own validation rules, and `Resource`, which is what leaves this room.
// It knows nothing of meshes: which cluster or route there is, is compile's matter. Pure: the content hash is passed in. Loading
// it builds some hundred descriptors, so a program that may not need it (the CLI) imports it late.
export type { DescMessage, JsonValue, MessageInitShape } from '@bufbuild/protobuf';
export { decodeAccessLogs, type LoggedBatch, type LoggedConnection } from './access-log.ts';
export {
  adsSource,
  allOf,
  always,
  anyOf,
  before,
  type Condition,
  choosing,
  chosen,
  cidr,
  duration,
  extension,
  headerChange,
  headerIs,
  headerMatcher,
  httpProtocolOptions,
  inline,
  type NamedConfig,
  named,
  not,
  percent,
  pipeAddress,
  queryMatcher,
  routeSays,
  SAMPLING_METADATA,
  SAMPLING_SCALE,
  type SocketAddressOptions,
  type StringMatchKind,
  samplerAmongPeers,
  samplerTowardsStrangers,
  socketAddress,
  stringMatcher,
  type UpstreamHttpOptions,
} from './builders/index.ts';
export { countLogEntries, countSpans } from './count-told.ts';
export { decodeResource, toEnvoyJson } from './decode-resource.ts';
export { encode, encodePieces, type Packed, pack, preencoded } from './encode/index.ts';
export {
  EVICTION_MS,
  FLUSH_METRICS_MS,
  GOLDEN,
  GOLDEN_HISTOGRAMS,
  type GoldenMetric,
  type GoldenTag,
  JOINED_TAG,
  JOINED_TAGS,
  PROXY_METRICS,
  TAG,
} from './golden-metrics.ts';
export { readGoldenTags } from './golden-tags.ts';
export type { Init } from './init.ts';
export { joinedFormat, readJoined } from './joined.ts';
export { readTextLeniently } from './lenient-text.ts';
export { type RecordSide, recordsLog, SHADOW_KEYS, SHADOW_NAMESPACE, sideOfLog, TLS_TAG, WORKLOAD_TAG } from './log-names.ts';
export { decodeRecords, type LoggedCommon, type LoggedEntries, type LoggedRequest, type LoggedStream, logOf } from './logged.ts';
export { encodeLines, type SentLine, type SentLines } from './logs-out.ts';
export { type CheckedResource, checkedResource, type Hash, makeResource, type ResourceContent, type ResourceParts } from './make-resource.ts';
export * from './messages.ts';
export { type CountedMetric, encodeMetrics } from './metrics-out.ts';
export { type MetricPoint, readMetricLabels, readMetricPoints } from './otlp-metrics.ts';
export { pointsAt, type Reference, referencesIn, referencesOf } from './references.ts';
export { RESOURCE_TYPES, type Resource, type ResourceName, type ResourceType, TYPE_URLS, type Version } from './resource.ts';
export { type ReadResource, resourceJson, resourceOfJson } from './resource-json.ts';
export { type Violation, violations } from './rules/index.ts';
export { encodeRuntime, RUNTIME_LAYER, RUNTIME_TYPE_URL, type RuntimePush, type RuntimeValues } from './runtime.ts';
export { OWN_TAG, SPAN_TAG, SPAN_VALUES, type SpanValueName, UPSTREAM_TAG } from './span-tags.ts';
export { decodeSpans, type ReportedSpan } from './spans.ts';
export { encodeSpans, type SentSpan, type SentSpans, type SpanValue } from './spans-out.ts';
export {
  sideOfTap,
  TAP_ALL,
  TAP_SIDES,
  type TapSide,
  TOLD_RESPONSE_HEADERS,
  tapKey,
  tapLog,
  tapSlowerKey,
  tapStatusKey,
} from './tap-names.ts';
export { decodeTapped, type TappedRequest } from './tapped.ts';
export { decodeUtf8, encodeUtf8 } from './text.ts';
