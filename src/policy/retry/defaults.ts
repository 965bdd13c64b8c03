import type { MeshConfig } from '../../model/index.ts';
import type { GivenLayer } from '../policy.ts';

/** RFC 9110 §9.2.1: safe methods, without TRACE, which no client of a service uses. */
export const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];

const DEFAULTS = new WeakMap<MeshConfig, readonly GivenLayer[]>();

/** Paths of a spec whose default the Mesh document can say. */
const IN_MESH: Readonly<Record<string, string>> = {
  attempts: 'spec.traffic.retries.attempts',
  'budget.percent': 'spec.traffic.retries.budget.percent',
  'budget.minConcurrency': 'spec.traffic.retries.budget.minConcurrency',
};

/** Only what did not reach an application, and resets of safe methods (docs/decisions/0005); always within a budget. */
export function retryDefaults(config: MeshConfig): readonly GivenLayer[] {
  const known = DEFAULTS.get(config);
  if (known !== undefined) return known;
  const spec = {
    attempts: config.retryAttempts,
    on: ['connect-failure', 'refused-stream', 'reset-before-request', 'reset'],
    statusCodes: [],
    responseHeaders: [],
    methods: SAFE_METHODS,
    backoff: { base: '25ms', max: '250ms', serverDirected: { headers: [], max: '5s' } },
    avoidPreviousHosts: true,
    avoidPreviousLocalities: false,
    hedge: { onPerTryTimeout: false },
    budget: { percent: config.retryBudgetPercent, minConcurrency: config.retryBudgetMinConcurrency },
  };
  const layers = [{ spec, originOf: (path: string) => ({ ...config.origin, path: IN_MESH[path] ?? '' }), words: 'Mesh default' }];
  DEFAULTS.set(config, layers);
  return layers;
}
