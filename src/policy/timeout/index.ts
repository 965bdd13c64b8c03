import type { Origin } from '../../base/index.ts';
import { defineKind, formatDuration, type HttpRoute, type MeshConfig, type Protocol, type RouteRule } from '../../model/index.ts';
import { definePolicy, type GivenLayer } from '../policy.ts';
import { compileTimeouts } from './compile.ts';
import { timeoutSchema } from './schema.ts';
import { checkTimeouts } from './validate.ts';
import { timeoutWords } from './words.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'TimeoutPolicy',
  plural: 'timeoutpolicies',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'How long requests, tries and streams may last.',
  schema: timeoutSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'REQUEST', path: 'spec.request' },
    { name: 'BACKEND REQUEST', path: 'spec.backendRequest' },
  ],
  check: checkTimeouts,
});

const DEFAULTS = new WeakMap<MeshConfig, Map<Protocol, readonly GivenLayer[]>>();

/** A gRPC call has its own deadline (`grpc-timeout`), so nothing is put on top of it unless somebody says so. */
function defaults(config: MeshConfig, protocol: Protocol): readonly GivenLayer[] {
  const known = DEFAULTS.get(config)?.get(protocol);
  if (known !== undefined) return known;
  const request = protocol === 'grpc' ? '0s' : formatDuration(config.requestTimeoutMs);
  const words = protocol === 'grpc' ? 'gRPC: the deadline of the call itself' : 'Mesh default';
  const spec = { request, backendRequest: '0s', streamIdle: '1h', maxStream: '0s' };
  const layers = [{ spec, originOf: () => ({ ...config.origin, path: 'spec.traffic.requestTimeout' }), words }];
  const kept = DEFAULTS.get(config) ?? new Map<Protocol, readonly GivenLayer[]>();
  DEFAULTS.set(config, kept.set(protocol, layers));
  return layers;
}

function inline(_route: HttpRoute, rule: RouteRule, originOf: (path: string) => Origin): GivenLayer | undefined {
  const { requestTimeoutMs, backendTimeoutMs } = rule;
  if (requestTimeoutMs === undefined && backendTimeoutMs === undefined) return undefined;
  const spec = {
    ...(requestTimeoutMs === undefined ? {} : { request: formatDuration(requestTimeoutMs) }),
    ...(backendTimeoutMs === undefined ? {} : { backendRequest: formatDuration(backendTimeoutMs) }),
  };
  return { spec, originOf: (path) => originOf(`${rule.origin.path}.timeouts.${path}`), words: 'the rule itself' };
}

export const timeoutPolicy = definePolicy({
  kind,
  targets: ['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway', 'HTTPRoute', 'GRPCRoute'],
  sites: [
    { kind: 'route', side: 'outbound' },
    { kind: 'route', side: 'gateway' },
  ],
  defaults,
  inline,
  ignored: (_path, site) => (site.protocol === 'tcp' ? 'the port speaks TCP: there are no requests to time' : undefined),
  compile: compileTimeouts,
  words: timeoutWords,
});
