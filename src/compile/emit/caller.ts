import { FilterStateValue_SharedWithUpstream, HttpSetFilterStateSchema, type NamedConfig, named } from '../../envoy/index.ts';
import { CALLER_KEY } from '../../policy/index.ts';

/**
 * Writes down which proxy this is, where balancing hashes on it: for a sidecar that is its workload. The same text in every proxy, so
 * that listeners stay the same; Envoy fills in its own node.
 */
export function callerFilter(): NamedConfig & { readonly disabled: boolean } {
  const value = {
    key: { case: 'objectKey', value: CALLER_KEY },
    factoryKey: 'envoy.hashable_string',
    value: {
      case: 'formatString',
      value: { format: { case: 'textFormatSource', value: { specifier: { case: 'inlineString', value: '%CEL(xds.node.id)%' } } } },
    },
    sharedWithUpstream: FilterStateValue_SharedWithUpstream.NONE,
  } as const;
  return { ...named('weft.caller', HttpSetFilterStateSchema, { onRequestHeaders: [value] }), disabled: true };
}
