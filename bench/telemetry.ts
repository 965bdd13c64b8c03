// (g) What telemetry costs: a pair of sidecars as it is, over the same pair with access logs and tracing patched away (ProxyPatch), and with every
// request traced; interleaved. The pushes of metrics stay in all of them: they cost per time, not per request.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REQUEST_METRICS } from '../src/compile/emit/golden.ts';
import { REQUEST_RECORDS } from '../src/compile/emit/records.ts';
import { AccessLogSchema, toEnvoyJson } from '../src/envoy/index.ts';
import { freePort, TestMesh } from '../test/kit/test-mesh.ts';
import { directServer } from './minimal-pair.ts';
import { type Case, type PairOptions, type Sample, sample, weftPair } from './pair.ts';
import { median, shuffled } from './statistics.ts';

export interface TelemetryCost {
  readonly load: string;
  readonly name: string;
  /** CPU microseconds per request of both proxies together. */
  readonly micros: number;
  /** Over the pair without telemetry, of rounds. */
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number };
  readonly failed: number;
}

const MANAGER = 'filters/[name=envoy.filters.network.http_connection_manager]/typed_config';
interface Change {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

type Place = 'explicit' | 'inbound';
const logs = (value: unknown): Change => ({ op: 'replace', path: 'access_log', value });
const UNTRACED: Change = { op: 'remove', path: 'tracing' };
const metricsOf = (place: Place): readonly unknown[] =>
  REQUEST_METRICS.token[place === 'inbound' ? 'destination' : 'source'].map((each) => toEnvoyJson(AccessLogSchema, each));

const recordsOf = (place: Place): readonly unknown[] =>
  REQUEST_RECORDS.token[place === 'inbound' ? 'inbound' : 'outbound'].map((each) => toEnvoyJson(AccessLogSchema, each));

type Variants = Readonly<Record<string, (place: Place) => readonly Change[]>>;

/** Of each: what is done to every connection manager of both proxies. */
const VARIANTS: Variants = {
  none: () => [logs([]), UNTRACED],
  'metrics alone': (place) => [logs(metricsOf(place)), UNTRACED],
  defaults: () => [],
  'all traced': () => [{ op: 'replace', path: 'tracing/provider/typed_config/sampler', value: alwaysOn() }],
};

/** Defaults without one of their pieces, and pieces alone: where the cost is. */
export const PIECES: Variants = {
  none: () => [logs([]), UNTRACED],
  'records and taps alone': (place) => [logs(recordsOf(place)), UNTRACED],
  'records alone': (place) => [logs(recordsOf(place).slice(0, 1)), UNTRACED],
  'tracing alone': () => [logs([])],
  'tracing alone, no tags': () => [logs([]), { op: 'remove', path: 'tracing/custom_tags' }],
  'all but tracing': () => [UNTRACED],
  'no tracer where requests arrive': (place) => (place === 'inbound' ? [UNTRACED] : []),
  'tracing alone, no headers': () => [logs([]), { op: 'add', path: 'tracing/no_context_propagation', value: true }],
  defaults: () => [],
};

function alwaysOn(): object {
  const type = 'type.googleapis.com/envoy.extensions.tracers.opentelemetry.samplers.v3.AlwaysOnSamplerConfig';
  return { name: 'envoy.tracers.opentelemetry.samplers.always_on', typed_config: { '@type': type } };
}

function patch(appPort: number, changes: (place: Place) => readonly Change[]): unknown {
  const at = (place: Place, chain: string) => ({
    resource: { type: 'listener', name: place },
    operations: changes(place).map((each) => ({ ...each, path: `/filter_chains/[name=${chain}]/${MANAGER}/${each.path}` })),
  });
  const patches = [at('explicit', 'explicit'), at('inbound', String(appPort))];
  return {
    apiVersion: 'weft.dev/v1alpha1',
    kind: 'ProxyPatch',
    metadata: { name: 'variant', namespace: 'bench' },
    spec: { targetRefs: [{ kind: 'Namespace', name: 'bench' }], unsafe: true, patches },
  };
}

/** Both proxies run the patch: of two conditions that matter, it was programmed, and nothing was said against it. */
async function patched(stage: TestMesh, document: unknown): Promise<void> {
  await stage.apply([document]);
  for (let n = 0; n < 400; n++) {
    const { status } = await stage.call<{ status?: { conditions?: readonly { type: string; status: string; message: string }[] } }>(
      '/apis/weft.dev/v1alpha1/namespaces/bench/proxypatches/variant',
    );
    const programmed = status?.conditions?.find(({ type }) => type === 'Programmed');
    if (programmed?.status === 'True' && programmed.message.includes('2')) return;
    if (n === 399) throw new Error(`the patch is not in force: ${JSON.stringify(status)}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function stageOf(name: string, variants: Variants, { envoy }: PairOptions): Promise<{ readonly stage: TestMesh; readonly one: Case }> {
  const stage = TestMesh.open();
  const appPort = await freePort();
  writeFileSync(join(stage.folder, 'app.json'), JSON.stringify(directServer(appPort)));
  const one = await weftPair(stage, envoy, appPort);
  const changes = variants[name] ?? (() => []);
  if (changes('explicit').length > 0) await patched(stage, patch(appPort, changes));
  return { stage, one: { ...one, name } };
}

function costsOf(load: string, variants: Variants, rounds: readonly ReadonlyMap<string, Sample>[]): readonly TelemetryCost[] {
  return Object.keys(variants).map((name) => {
    const mine = rounds.flatMap((round) => round.get(name) ?? []);
    const ratios = rounds.map((round) => (round.get(name)?.micros ?? Number.NaN) / (round.get('none')?.micros ?? Number.NaN));
    return {
      load,
      name,
      micros: median(mine.map(({ micros }) => micros)),
      ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
      failed: mine.reduce((sum, { bad }) => sum + bad, 0),
    };
  });
}

/** Runs the interleaved rounds at 16 connections. Needs `wrk`. */
export async function measureTelemetry(options: PairOptions, variants: Variants = VARIANTS): Promise<readonly TelemetryCost[]> {
  const stages: Awaited<ReturnType<typeof stageOf>>[] = [];
  try {
    for (const name of Object.keys(variants)) stages.push(await stageOf(name, variants, options));
    const cases = stages.map(({ one }) => one);
    for (const one of cases) sample(one, 4, 1); // warm-up
    const rounds = Array.from({ length: options.rounds }, () => new Map(shuffled(cases).map((one) => [one.name, sample(one, 16, options.seconds)])));
    return costsOf('16 connections', variants, rounds);
  } finally {
    for (const { stage } of stages) await stage[Symbol.asyncDispose]();
  }
}
