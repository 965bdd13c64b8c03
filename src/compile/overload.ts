// What a proxy does when it has taken nearly all the memory that it may have: it gives up some of what it holds, the requests that hold most first, and at
// last takes no more; whoever lets it be killed loses all of them (decision 0040).
// https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/operations/overload_manager/overload_manager
const T = 'type.googleapis.com/envoy.extensions.resource_monitors.';
const HEAP = 'envoy.resource_monitors.fixed_heap';
const ACTION = 'envoy.overload_actions.';

/** Connections of clients, all together. */
const CONNECTIONS = 100_000;
/** Requests are told apart by what they hold, in eight classes that double: from 2^10 bytes to 2^17 and more. Smaller ones are never ended for that. */
const ACCOUNTS_FROM = 10;

/**
 * Envoy is told of ten times the memory (a digit behind the number, whatever the number will be), and shares are of that. An action is carried out when its
 * scale moves, fifty requests each time, and never again once it stands at its end: with its end beyond what the proxy may have, it moves as long as there is need.
 */
const TEN_TIMES = '0';
const share = (value: number): number => value / 10;
const at = (value: number) => ({ triggers: [{ name: HEAP, threshold: { value: share(value) } }] });

/** Memory that is free is given back down to this rest; Envoy's own is 100 MB, more than many a proxy has. */
const SHRINK = {
  '@type': 'type.googleapis.com/envoy.config.overload.v3.ShrinkHeapConfig',
  timer_interval: '1s',
  max_unfreed_memory_bytes: 8 * 2 ** 20,
};

/**
 * Shares of the memory that the proxy may have. Early: the system has given about a quarter more than what is in use, and a busy worker hears late that it is to
 * give something up. Whether a proxy is well is asked past all of this (`bypass_overload_manager`). Of requests the largest class is ended first, and one more
 * with each tenth of the memory.
 */
const ACTIONS = [
  { name: `${ACTION}shrink_heap`, ...at(0.5), typed_config: SHRINK },
  {
    name: `${ACTION}reset_high_memory_stream`,
    triggers: [{ name: HEAP, scaled: { scaling_threshold: share(0.45), saturation_threshold: share(1.25) } }],
  },
  { name: `${ACTION}stop_accepting_requests`, ...at(0.7) },
  { name: `${ACTION}reject_incoming_connections`, ...at(0.8) },
];

/** What is in use is what counts (a layer of the runtime): memory that was given up, and that the allocator keeps for later, would else let nobody in. */
export const ALLOCATED = { name: 'memory', static_layer: { 'envoy.reloadable_features.fixed_heap_use_allocated': true } };

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
  const heap = { name: HEAP, typed_config: { '@type': `${T}fixed_heap.v3.FixedHeapConfig`, max_heap_size_bytes: `${heapBytes}${TEN_TIMES}` } };
  return {
    refresh_interval: '0.05s',
    resource_monitors: [connections, heap],
    actions: ACTIONS,
    buffer_factory_config: { minimum_account_to_track_power_of_two: ACCOUNTS_FROM },
  };
}
