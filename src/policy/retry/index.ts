import type { Origin } from '../../base/index.ts';
import { defineKind, type MeshConfig, parseDuration } from '../../model/index.ts';
import type { Contribution } from '../contribution.ts';
import { type Effective, originAt } from '../effective.ts';
import { definePolicy, type GivenLayer, type Site } from '../policy.ts';
import { retrySchema } from './schema.ts';
import { retryWords } from './words.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'RetryPolicy',
  plural: 'retrypolicies',
  shortNames: [],
  namespaced: true,
  attaches: true,
  summary: 'What is tried again, how often, and how soon.',
  schema: retrySchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'ATTEMPTS', path: 'spec.attempts' },
  ],
});

/** The request did not reach an application, so any method may be tried again (docs/decisions/0005). */
const NOT_REACHED = ['connect-failure', 'refused-stream', 'reset-before-request', 'retriable-headers'];
/** RFC 9110 §9.2.1: safe methods, without TRACE, which no client of a service uses. */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const DEFAULTS = new WeakMap<MeshConfig, readonly GivenLayer[]>();

function defaults(config: MeshConfig): readonly GivenLayer[] {
  const known = DEFAULTS.get(config);
  if (known !== undefined) return known;
  const spec = { attempts: config.retryAttempts, backoff: { base: '25ms', max: '250ms' } };
  const layers = [{ spec, originOf: () => ({ ...config.origin, path: 'spec.traffic.retries' }), words: 'Mesh default' }];
  DEFAULTS.set(config, layers);
  return layers;
}

function compile(effective: Effective, site: Site): readonly Contribution[] {
  if (site.protocol === 'tcp') return [];
  const at = (path: string): unknown => effective.fields.get(path)?.value;
  const values = {
    attempts: Number(at('attempts') ?? 0),
    on: NOT_REACHED,
    statusCodes: [],
    safeMethods: SAFE_METHODS,
    baseBackoffMs: parseDuration(String(at('backoff.base'))) ?? 25,
    maxBackoffMs: parseDuration(String(at('backoff.max'))) ?? 250,
    retryAfter: false,
    origin: originAt(effective, 'attempts', NOWHERE),
  };
  return [{ kind: 'retry', values }];
}

const NOWHERE: Origin = { kind: 'Mesh', namespace: '', name: 'default', path: '' };

export const retryPolicy = definePolicy({
  kind,
  targets: ['Mesh', 'Namespace', 'Service', 'ExternalService', 'Gateway', 'HTTPRoute', 'GRPCRoute'],
  sites: [
    { kind: 'route', side: 'outbound' },
    { kind: 'route', side: 'gateway' },
  ],
  defaults,
  compile,
  subject: 'retries',
  words: (effective, site, method) => retryWords(compile(effective, site), method),
});
