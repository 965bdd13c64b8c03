// S-12, V9: a proxy whose memory is at its end turns requests away, and says so: in the answer, and in the flags that records are made of.
import { expect, test } from 'vitest';
import { overloadManager } from '../../src/compile/overload.ts';
import { causeOf } from '../../src/telemetry/cause.ts';
import { Callee } from '../kit/callee.ts';
import { envoyBinary } from '../kit/envoy.ts';
import { requestText } from '../kit/raw-http.ts';
import { toldBy } from '../kit/reason.ts';
import { needs } from '../kit/require.ts';

const { skip } = needs('envoy', envoyBinary() !== undefined);
const WEB = 'spiffe://example.mesh/ns/shop/sa/web';

/** As in every bootstrap, with less memory than Envoy begins with; connections are let in, so that there is somebody to tell. */
function withoutMemory(config: Record<string, unknown>): Record<string, unknown> {
  const { actions = [], ...manager } = overloadManager(2 ** 20);
  return { ...config, overload_manager: { ...manager, actions: actions.filter(({ name }) => !name.endsWith('reject_incoming_connections')) } };
}

test.skipIf(skip)('S-12 who is turned away for want of memory is told so, whatever he speaks', async () => {
  await using callee = await Callee.open({ ports: [{ policies: [] }], application: (_, answer) => answer.end('ok'), adjust: withoutMemory });
  const turnedAway = async (headers: readonly string[]) => {
    for (;;) {
      const heard = await callee.ask(0, WEB, requestText('POST', '/', ['host: callee', 'content-length: 0', ...headers]));
      // Memory is first looked at a tenth of a second after the beginning.
      if (heard.body !== 'ok') return heard;
    }
  };
  const plain = await turnedAway([]);
  expect([plain.status, toldBy(plain.headers), plain.headers['weft-cause']]).toEqual([503, 'overloaded', 'overloaded']);
  const grpc = await turnedAway(['content-type: application/grpc', 'te: trailers']);
  expect([grpc.status, grpc.headers['grpc-status'], toldBy(grpc.headers)]).toEqual([200, '14', 'overloaded']);
  expect(causeOf({ reason: String(plain.headers['weft-reason']), flags: ['OM'], tags: {}, upstreamFailure: '' }).cause).toBe('overloaded');
});
