import type { MeshConfig } from '../../model/index.ts';
import type { GivenLayer } from '../policy.ts';
import { builtIn } from '../read.ts';
import { USUAL_PERCENT } from './tracing.ts';

/** What holds when no document says anything: every number is kept, up to so many series for a namespace, and one request of a hundred is traced. */
export const BUILT_IN = builtIn({ metrics: { disabled: false, without: [], budget: { series: 5_000 } }, tracing: { percent: USUAL_PERCENT } });

const LAYERS = new WeakMap<MeshConfig, readonly GivenLayer[]>();

/** The Mesh's own words are over what is built in. The same object for the same configuration. */
export function telemetryDefaults(config: MeshConfig): readonly GivenLayer[] {
  const known = LAYERS.get(config);
  if (known !== undefined) return known;
  const { telemetry, origin } = config;
  const ofMesh: GivenLayer = { spec: telemetry ?? {}, originOf: (path) => ({ ...origin, path: `spec.telemetry.${path}` }), words: 'Mesh default' };
  const layers = telemetry === undefined ? [BUILT_IN] : [BUILT_IN, ofMesh];
  LAYERS.set(config, layers);
  return layers;
}
