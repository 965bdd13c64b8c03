// What a proxy does when it has taken nearly all the memory that it may have: it gives up some of what it holds, the requests that hold most first, and at
// last takes no more; whoever lets it be killed loses all of them (decision 0040).
// https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/operations/overload_manager/overload_manager
const T = 'type.googleapis.com/envoy.extensions.resource_monitors.';
const HEAP = 'envoy.resource_monitors.fixed_heap';
const ACTION = 'envoy.overload_actions.';

/** Connections of clients, all together. */
const CONNECTIONS = 100_000;
/** Requests that hold less than 2^16 bytes are never ended for that. */
const ACCOUNTS_FROM = 16;

const at = (value: number) => ({ triggers: [{ name: HEAP, threshold: { value } }] });

/** Early, since it is looked at ten times a second, and much can come in between. Shares of `heapBytes`. Envoy answers 503 from 90 % on; that a proxy is well is asked past all of this (`bypass_overload_manager`). */
const ACTIONS = [
  { name: `${ACTION}shrink_heap`, ...at(0.7) },
  {
    name: `${ACTION}reset_high_memory_stream`,
    triggers: [{ name: HEAP, scaled: { scaling_threshold: 0.7, saturation_threshold: 0.9 } }],
  },
  { name: `${ACTION}stop_accepting_requests`, ...at(0.9) },
  { name: `${ACTION}reject_incoming_connections`, ...at(0.95) },
];

/**
 * The bootstrap's `overload_manager`: JSON with Envoy's own field names. `heapBytes` is how much Envoy may allocate, or what will be put in its place
 * (`$(NAME)`); without it memory is not watched.
 */
export function overloadManager(heapBytes: number | string | undefined) {
  const connections = {
    name: 'envoy.resource_monitors.global_downstream_max_connections',
    typed_config: { '@type': `${T}downstream_connections.v3.DownstreamConnectionsConfig`, max_active_downstream_connections: CONNECTIONS },
  };
  if (heapBytes === undefined) return { resource_monitors: [connections] };
  const heap = { name: HEAP, typed_config: { '@type': `${T}fixed_heap.v3.FixedHeapConfig`, max_heap_size_bytes: String(heapBytes) } };
  return {
    refresh_interval: '0.1s',
    resource_monitors: [connections, heap],
    actions: ACTIONS,
    buffer_factory_config: { minimum_account_to_track_power_of_two: ACCOUNTS_FROM },
  };
}
