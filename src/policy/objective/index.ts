import { defineKind, type Mesh, type MeshConfig, type Service } from '../../model/index.ts';
import { definePolicy, type GivenLayer } from '../policy.ts';
import { type Objective, objectiveFor } from './objectives.ts';
import { OBJECTIVE_TARGETS, objectiveSchema } from './schema.ts';
import { checkObjective } from './validate.ts';
import { objectiveWords } from './words.ts';

export type { Objective } from './objectives.ts';

const kind = defineKind({
  apiVersion: 'weft.dev/v1alpha1',
  kind: 'ObjectivePolicy',
  plural: 'objectivepolicies',
  shortNames: ['slo'],
  namespaced: true,
  attaches: true,
  summary: 'What is wanted of services: how many requests succeed, and how soon; the rest is a budget that is watched.',
  schema: objectiveSchema,
  columns: [
    { name: 'TARGETS', path: 'spec.targetRefs[*].name' },
    { name: 'AVAILABILITY', path: 'spec.availability' },
    { name: 'BELOW', path: 'spec.latency.below' },
    { name: 'PERCENT', path: 'spec.latency.percent' },
    { name: 'WINDOW', path: 'spec.window' },
  ],
  check: checkObjective,
});

const DEFAULTS = new WeakMap<MeshConfig, readonly GivenLayer[]>();

function defaults(config: MeshConfig): readonly GivenLayer[] {
  const known = DEFAULTS.get(config);
  if (known !== undefined) return known;
  const layers = [{ spec: { window: '30d' }, originOf: () => config.origin, words: 'built-in default' }];
  DEFAULTS.set(config, layers);
  return layers;
}

export const objectivePolicy = definePolicy({
  kind,
  targets: OBJECTIVE_TARGETS,
  sites: [{ kind: 'route', side: 'outbound' }],
  atomic: ['latency'],
  defaults,
  ignored: (_path, site) => (site.protocol === 'tcp' ? 'the port speaks TCP: there are no requests to count' : undefined),
  // counted where numbers arrive (objectives.ts)
  compile: () => [],
  words: objectiveWords,
});

/** What is wanted of a service; undefined when nothing is, or nothing of it speaks HTTP. */
export function objectiveOf(mesh: Mesh, service: Service): Objective | undefined {
  return objectiveFor(mesh, objectivePolicy, service);
}
