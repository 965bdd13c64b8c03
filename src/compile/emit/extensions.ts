// Filters for programs of users: present in every connection manager and switched off, so they cost nothing until a route has one.
import {
  adsSource,
  duration,
  ExternalProcessor_RouteCacheAction,
  ExternalProcessorSchema,
  type Hash,
  HeaderMutationSchema,
  type HttpFilterSchema,
  LuaSchema,
  type MessageInitShape,
  makeResource,
  type NamedConfig,
  named,
  pack,
  type Resource,
  TypedExtensionConfigSchema,
  WasmSchema,
} from '../../envoy/index.ts';
import { type Contribution, contributionsOf, PROCESSOR_MESSAGE_MS } from '../../policy/index.ts';
import { UNRESOLVED_CLUSTER } from '../plan/names.ts';

type Disabled = NamedConfig & { readonly disabled: boolean };

/**
 * Has no configuration for one route, so a workload's module comes by itself (ECDS), under the name of the filter; until one does, and on
 * proxies that have none, something stands here that does nothing: a virtual machine costs megabytes.
 */
export function wasmFilter(): MessageInitShape<typeof HttpFilterSchema> {
  const value = {
    configSource: adsSource(),
    defaultConfig: pack(HeaderMutationSchema, {}),
    applyDefaultConfigWithoutWarming: true,
    typeUrls: [WasmSchema, HeaderMutationSchema].map(({ typeName }) => `type.googleapis.com/${typeName}`),
  };
  return { name: WASM_FILTER, disabled: true, configType: { case: 'configDiscovery', value } };
}

/** Modules that policies bring for a workload, as they travel: one, since a proxy has one filter for it. */
export function emitModules(contributions: readonly Contribution[], hash: Hash): readonly Resource[] {
  const [first] = contributionsOf(contributions, 'extension').filter((each) => each.filter === WASM_FILTER);
  if (first === undefined) return [];
  const init = { name: WASM_FILTER, typedConfig: first.config };
  return [makeResource({ type: 'extension', name: WASM_FILTER, desc: TypedExtensionConfigSchema, init, origins: [first.origin], hash })];
}

const WASM_FILTER = 'weft.wasm';

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
