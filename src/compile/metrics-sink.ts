// The part of the bootstrap by which a proxy tells its numbers: every few seconds all golden metrics and a handful of Envoy's own go to the control
// plane (OTLP), by the cluster, and so behind the token, of its configuration. Values are cumulative and nothing waits to be sent: while the control
// plane is away a flush is lost, and the next one that arrives says everything.
import { EVICTION_MS, FLUSH_METRICS_MS, PROXY_METRICS } from '../envoy/index.ts';
import { XDS_CLUSTER } from './plan/names.ts';

const T = 'type.googleapis.com/envoy.extensions.';
/** A message stays below what gRPC servers take by default (4 MB); a histogram is about 700 bytes. */
const POINTS_PER_MESSAGE = 2000;
const seconds = (ms: number): string => `${ms / 1000}s`;

const NAME = { name: 'name', typed_config: { '@type': `${T}matching.common_inputs.stats.v3.StatFullNameMatchInput` } };
const nameIs = (value_match: object) => ({ single_predicate: { input: NAME, value_match } });

/** Everything else stays in the proxy, at its admin socket. */
const OTHERS = {
  not_matcher: {
    or_matcher: {
      predicate: [nameIs({ prefix: 'istio_' }), nameIs({ prefix: 'weft_' }), ...Object.values(PROXY_METRICS).map((exact) => nameIs({ exact }))],
    },
  },
};

/** Fields of the bootstrap. https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/stat_sinks/open_telemetry/v3/open_telemetry.proto */
export function metricsSink() {
  const drop = { name: 'drop', typed_config: { '@type': `${T}stat_sinks.open_telemetry.v3.SinkConfig.DropAction` } };
  return {
    stats_flush_interval: seconds(FLUSH_METRICS_MS),
    stats_eviction_interval: seconds(EVICTION_MS),
    stats_sinks: [
      {
        name: 'envoy.stat_sinks.open_telemetry',
        typed_config: {
          '@type': `${T}stat_sinks.open_telemetry.v3.SinkConfig`,
          grpc_service: { envoy_grpc: { cluster_name: XDS_CLUSTER }, timeout: '5s' },
          report_counters_as_deltas: false,
          report_histograms_as_deltas: false,
          emit_tags_as_attributes: true,
          use_tag_extracted_name: true,
          max_data_points_per_request: POINTS_PER_MESSAGE,
          custom_metric_conversions: { matcher_list: { matchers: [{ predicate: OTHERS, on_match: { action: drop } }] } },
        },
      },
    ],
  };
}
