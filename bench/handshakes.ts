// (f) What a new connection costs: one request on each between two proxies, Weft's pair beside one written by hand, with and without resumption.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, TestMesh } from '../test/kit/test-mesh.ts';
import { directServer } from './minimal-pair.ts';
import { minimalCase, type Sample, sample, weftPair } from './pair.ts';
import { median, shuffled } from './statistics.ts';

/** Medians of the rounds. `micros`: CPU of both proxies for a connection and the request on it. */
export interface HandshakeResult {
  readonly pair: string;
  readonly perSecond: number;
  readonly micros: number;
  /** Over the pair by hand that makes whole handshakes too. */
  readonly ratio: number;
  readonly failed: number;
}

const CONNECTIONS = 16;

/** Interleaved rounds. Needs `wrk`. */
export async function measureHandshakes(options: {
  readonly envoy: string;
  readonly rounds: number;
  readonly seconds: number;
}): Promise<readonly HandshakeResult[]> {
  await using stage = TestMesh.open();
  const appPort = await freePort();
  writeFileSync(join(stage.folder, 'app.json'), JSON.stringify(directServer(appPort)));
  const weft = await weftPair(stage, options.envoy, appPort);
  const spec = { targetRefs: [{ kind: 'Service', name: 'target' }], maxRequestsPerConnection: 1 };
  await stage.apply([{ apiVersion: 'weft.dev/v1alpha1', kind: 'ConnectionPolicy', metadata: { name: 'target', namespace: 'bench' }, spec }]);
  const whole = await minimalCase(stage, options.envoy, appPort, { requestsPerConnection: 1, resumes: false });
  const resuming = await minimalCase(stage, options.envoy, appPort, { requestsPerConnection: 1 });
  const cases = [
    { pair: 'by hand', one: whole },
    { pair: 'by hand, sessions resumed', one: resuming },
    { pair: 'weft', one: weft },
  ];
  for (const { one } of cases) sample(one, CONNECTIONS, 1); // warm-up, and the policy arrives
  const found = new Map<string, Sample[]>(cases.map(({ pair }) => [pair, []]));
  for (let round = 0; round < options.rounds; round++)
    for (const { pair, one } of shuffled(cases)) found.get(pair)?.push(sample(one, CONNECTIONS, options.seconds));
  const floor = median((found.get('by hand') ?? []).map(({ micros }) => micros));
  return cases.map(({ pair }) => {
    const samples = found.get(pair) ?? [];
    const micros = median(samples.map((one) => one.micros));
    const perSecond = median(samples.map(({ requests }) => requests / options.seconds));
    return { pair, perSecond, micros, ratio: micros / floor, failed: samples.reduce((sum, { bad }) => sum + bad, 0) };
  });
}
