// Filters for programs of users: present in every connection manager and switched off, so they cost nothing until a route has one.
import { duration, ExternalProcessor_RouteCacheAction, ExternalProcessorSchema, LuaSchema, type NamedConfig, named } from '../../envoy/index.ts';
import { PROCESSOR_MESSAGE_MS } from '../../policy/index.ts';
import { UNRESOLVED_CLUSTER } from '../plan/names.ts';

type Disabled = NamedConfig & { readonly disabled: boolean };

/** Each route brings its own script. */
export function luaFilter(): Disabled {
  return { ...named('weft.lua', LuaSchema, { statPrefix: 'weft' }), disabled: true };
}

/** Each route brings its own processor; the one named here is never asked. Only what is the same for all routes stands here. */
export function processorFilter(): Disabled {
  const grpcService = { targetSpecifier: { case: 'envoyGrpc', value: { clusterName: UNRESOLVED_CLUSTER } } } as const;
  const config = {
    grpcService,
    failureModeAllow: false,
    messageTimeout: duration(PROCESSOR_MESSAGE_MS),
    maxMessageTimeout: duration(0),
    deferredCloseTimeout: duration(5_000),
    routeCacheAction: ExternalProcessor_RouteCacheAction.DEFAULT,
    statPrefix: 'weft',
  };
  return { ...named('weft.ext_proc', ExternalProcessorSchema, config), disabled: true };
}
