// Which workload calls, for balancing by it. The same text in every proxy, so that listeners stay the same; Envoy fills in its own node,
// which for a sidecar is its workload.
import { FilterStateValue_SharedWithUpstream, HttpSetFilterStateSchema, type NamedConfig, NetworkSetFilterStateSchema, named } from '../../envoy/index.ts';
import { CALLER_KEY } from '../../policy/index.ts';

const CALLER = {
  key: { case: 'objectKey', value: CALLER_KEY },
  factoryKey: 'envoy.hashable_string',
  value: { case: 'formatString', value: { format: { case: 'textFormatSource', value: { specifier: { case: 'inlineString', value: '%CEL(xds.node.id)%' } } } } },
  sharedWithUpstream: FilterStateValue_SharedWithUpstream.NONE,
} as const;

/** For requests: switched on by the routes that hash on it. */
export function callerFilter(): NamedConfig & { readonly disabled: boolean } {
  return { ...named('weft.caller', HttpSetFilterStateSchema, { onRequestHeaders: [CALLER] }), disabled: true };
}

/** For TCP connections, always: a chain never changes, and it costs a connection a few microseconds. */
export function callerOfConnection(): NamedConfig {
  return named('weft.caller', NetworkSetFilterStateSchema, { onNewConnection: [CALLER] });
}
