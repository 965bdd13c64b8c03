import type { Origin } from '../../base/index.ts';
import { defineKind, formatDuration, type HttpRoute, type MeshConfig, type Protocol, parseDuration, type RouteRule } from '../../model/index.ts';
import type { Contribution } from '../contribution.ts';
import { type Effective, originAt } from '../effective.ts';
import { definePolicy, type GivenLayer, type Site } from '../policy.ts';
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
  const layers = [{ spec: { request, backendRequest: '0s' }, originOf: () => ({ ...config.origin, path: 'spec.traffic.requestTimeout' }), words }];
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

function compile(effective: Effective, site: Site): readonly Contribution[] {
  if (site.protocol === 'tcp') return [];
  const ms = (path: string): number | undefined => {
    const value = effective.fields.get(path)?.value;
    return typeof value === 'string' ? parseDuration(value) : undefined;
  };
  const idleMs = ms('streamIdle');
  const streamMs = ms('maxStream');
  const values = {
    requestMs: ms('request') ?? 0,
    tryMs: ms('backendRequest') ?? 0,
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(streamMs === undefined ? {} : { streamMs }),
    requestOrigin: originAt(effective, 'request', NOWHERE),
  };
  return [{ kind: 'timeout', values }];
}

const NOWHERE: Origin = { kind: 'Mesh', namespace: '', name: 'default', path: '' };

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
  compile,
  words: timeoutWords,
});
