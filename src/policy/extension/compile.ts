import { canonicalJson, type Origin } from '../../base/index.ts';
import {
  ExtProcPerRouteSchema,
  inline,
  LuaPerRouteSchema,
  type Packed,
  ProcessingMode_BodySendMode,
  ProcessingMode_HeaderSendMode,
  pack,
  StringValueSchema,
  WasmFailurePolicy,
  WasmSchema,
} from '../../envoy/index.ts';
import { byAge, fromBase64, type Policy, type ServiceKey, serviceKey, splitServiceKey } from '../../model/index.ts';
import type { Contribution } from '../contribution.ts';
import type { Effective } from '../effective.ts';
import type { Site } from '../policy.ts';
import { checkingScript, joinedScript } from './lua.ts';
import type { ExtensionSpec, ExtProcSpec, WasmSpec } from './schema.ts';
import { actsOn } from './side.ts';

/** A processor is asked once per message; what takes longer counts as a failure. Envoy has no limit of its own for one route. */
export const PROCESSOR_MESSAGE_MS = 1000;

const specOf = (policy: Policy): ExtensionSpec => policy.spec as unknown as ExtensionSpec;
const nameOf = ({ namespace, name }: Policy): string => `${namespace}/${name}`;
const at = (policy: Policy, path: string): Origin => ({ ...policy.origin, path });

/** Those that act at a site, in the order in which requests meet them: by `order`, then the older first. */
function extensionsAt({ policies }: Effective, site: Site): readonly Policy[] {
  const order = (policy: Policy): number => specOf(policy).order ?? 0;
  return [...new Set(policies)].filter((policy) => actsOn(policy, site)).sort((a, b) => order(a) - order(b) || byAge(a, b));
}

/** What extensions add to the routes of a site. */
export function compileExtensions(effective: Effective, site: Site): readonly Contribution[] {
  if (site.protocol === 'tcp' || effective.policies.length === 0) return [];
  const policies = extensionsAt(effective, site);
  return [...luaAt(policies), ...wasmAt(effective, policies), ...processorAt(effective, policies)];
}

function luaAt(policies: readonly Policy[]): readonly Contribution[] {
  const scripts = policies.flatMap((policy) => {
    const { lua } = specOf(policy);
    return lua === undefined ? [] : [{ policy, name: nameOf(policy), source: lua.inline }];
  });
  const [first] = scripts;
  if (first === undefined) return [];
  const origins = scripts.map(({ policy }) => at(policy, 'spec.lua'));
  return [{ kind: 'http-filter', filter: 'weft.lua', config: luaConfig(joinedScript(scripts)), origin: at(first.policy, 'spec.lua'), origins }];
}

function luaConfig(source: string): Packed {
  return pack(LuaPerRouteSchema, { override: { case: 'sourceCode', value: inline(source) } });
}

/** One module per workload: the most specific document's. It travels by itself; routes only switch it on. */
function wasmAt(effective: Effective, policies: readonly Policy[]): readonly Contribution[] {
  const policy = effective.policies.findLast((each) => policies.includes(each) && specOf(each).wasm !== undefined);
  const wasm = policy === undefined ? undefined : specOf(policy).wasm;
  if (policy === undefined || wasm === undefined) return [];
  const origin = at(policy, 'spec.wasm');
  return [
    { kind: 'http-filter', filter: 'weft.wasm', origin },
    { kind: 'extension', filter: 'weft.wasm', config: wasmConfig(nameOf(policy), wasm), origin },
  ];
}

/** Each document is a machine of its own: its name says which one it is. */
function wasmConfig(name: string, { module, config = '', failOpen = false }: WasmSpec): Packed {
  const value = typeof config === 'string' ? config : canonicalJson(config);
  const bytes = fromBase64(module.inline) ?? new Uint8Array();
  const code = { specifier: { case: 'local', value: { specifier: { case: 'inlineBytes', value: bytes } } } } as const;
  return pack(WasmSchema, {
    config: {
      name,
      rootId: name,
      vm: { case: 'vmConfig', value: { vmId: name, runtime: 'envoy.wasm.runtime.v8', code } },
      configuration: pack(StringValueSchema, { value }),
      failurePolicy: failOpen ? WasmFailurePolicy.FAIL_OPEN : WasmFailurePolicy.FAIL_CLOSED,
    },
  });
}

/** One processor per route: the most specific document's. */
function processorAt(effective: Effective, policies: readonly Policy[]): readonly Contribution[] {
  const policy = effective.policies.findLast((each) => policies.includes(each) && specOf(each).extProc !== undefined);
  const extProc = policy === undefined ? undefined : specOf(policy).extProc;
  if (policy === undefined || extProc === undefined) return [];
  const { port } = extProc.service;
  const config = (cluster: string): Packed => processorConfig(extProc, cluster, processorKey(policy));
  return [{ kind: 'http-filter-to', filter: 'weft.ext_proc', service: processorKey(policy), port, config, origin: at(policy, 'spec.extProc') }];
}

/** The Service that an extension calls; undefined when it calls none. */
export function processorOf(policy: Policy): ServiceKey | undefined {
  return specOf(policy).extProc === undefined ? undefined : processorKey(policy);
}

/** The port at which it is called. */
export function processorPortOf(policy: Policy): number | undefined {
  return specOf(policy).extProc?.service.port;
}

function processorKey(policy: Policy): ServiceKey {
  const { namespace = policy.namespace, name = '' } = specOf(policy).extProc?.service ?? {};
  return serviceKey(namespace, name);
}

const BODY = {
  None: ProcessingMode_BodySendMode.NONE,
  Buffered: ProcessingMode_BodySendMode.BUFFERED,
  BufferedPartial: ProcessingMode_BodySendMode.BUFFERED_PARTIAL,
  Streamed: ProcessingMode_BodySendMode.STREAMED,
};
const HEADERS = { Send: ProcessingMode_HeaderSendMode.SEND, Skip: ProcessingMode_HeaderSendMode.SKIP };

function processorConfig({ processing = {}, failOpen = false }: ExtProcSpec, cluster: string, service: ServiceKey): Packed {
  // Otherwise the name of the cluster would be the host that is asked for, and "|" is not of a host.
  const { namespace, name } = splitServiceKey(service);
  const processingMode = {
    requestHeaderMode: HEADERS[processing.requestHeaders ?? 'Send'],
    responseHeaderMode: HEADERS[processing.responseHeaders ?? 'Send'],
    requestBodyMode: BODY[processing.requestBody ?? 'None'],
    responseBodyMode: BODY[processing.responseBody ?? 'None'],
    requestTrailerMode: HEADERS[processing.requestTrailers ?? 'Skip'],
    responseTrailerMode: HEADERS[processing.responseTrailers ?? 'Skip'],
  };
  const grpcService = { targetSpecifier: { case: 'envoyGrpc', value: { clusterName: cluster, authority: `${name}.${namespace}.mesh` } } } as const;
  return pack(ExtProcPerRouteSchema, { override: { case: 'overrides', value: { processingMode, grpcService, failureModeAllow: failOpen } } });
}

/** What a document would add, made so that it can be checked on the control plane's own machine. */
export function checkingContributions(policy: Policy): readonly Contribution[] {
  const { lua } = specOf(policy);
  const config = lua === undefined ? undefined : luaConfig(checkingScript({ name: nameOf(policy), source: lua.inline }));
  if (config !== undefined) return [{ kind: 'http-filter', filter: 'weft.lua', config, origin: policy.origin }];
  const { extProc, wasm } = specOf(policy);
  if (wasm !== undefined) return [{ kind: 'extension', filter: 'weft.wasm', config: wasmConfig(nameOf(policy), wasm), origin: policy.origin }];
  if (extProc === undefined) return [];
  return [{ kind: 'http-filter', filter: 'weft.ext_proc', config: processorConfig(extProc, 'xds', processorKey(policy)), origin: policy.origin }];
}
