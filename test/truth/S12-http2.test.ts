// S-12: clients that abuse HTTP/2 harm nobody but themselves: others are answered, the gateway's memory stays within its bound, and it lives.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { programOf, rssBytes, tree } from '../kit/cpu.ts';
import { askPlain, edgeRoute, gatewayDocument, startGateway } from '../kit/edge.ts';
import { attackH2, H2_ATTACKS, UNREAD } from '../kit/h2-attacks.ts';
import { startLab } from '../kit/lab.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { freePort, TestMesh } from '../kit/test-mesh.ts';

/** Frames of each attack. */
const FRAMES = 4_000;
/** Requests of somebody else meanwhile. */
const ASKED = 40;
/** What Envoy may have here, and what an attack that is none of memory may add. */
const HEAP = 160 * 2 ** 20;
const BESIDE = 96 * 2 ** 20;

/** In tries of `eventually`: the application has thousands of answers to make, too. */
const A_MINUTE = 1200;

const mesh = TestMesh.open();
let port = 0;
let envoy = 0;

/** Somebody else: what was answered, and the most memory that Envoy had meanwhile. */
async function others(count: number): Promise<{ readonly answers: readonly string[]; readonly most: number }> {
  const answers: string[] = [];
  let most = 0;
  for (let n = 0; n < count; n++) {
    answers.push(await askPlain(port, { host: 'x' }).then(({ status }) => String(status), String));
    most = Math.max(most, rssBytes(envoy));
  }
  return { answers, most };
}

const allWell = (count: number): readonly string[] => Array.from({ length: count }, () => '200');

beforeAll(async () => {
  await mesh.up();
  port = await freePort();
  await mesh.apply([
    serviceDocument('lab', { app: 'lab' }),
    gatewayDocument([{ name: 'http', port, protocol: 'HTTP' }]),
    // No request ends by itself while this looks.
    edgeRoute('lab', [{ backendRefs: [{ name: 'lab', port: 80 }], timeouts: { request: '0s' } }]),
  ]);
  await startLab(mesh, 'lab');
  const gateway = await startGateway(mesh, { args: ['--proxy-memory', `${HEAP}`] });
  envoy = tree(gateway.pid).find((pid) => programOf(pid).startsWith('envoy')) ?? 0;
  await eventually('an answer', async () => ((await others(1)).answers[0] === '200' ? true : undefined));
}, 120_000);

afterAll(() => mesh[Symbol.asyncDispose]());

describe('S-12 abuse of HTTP/2', () => {
  test.for(Object.entries(H2_ATTACKS))('%s', { timeout: 120_000 }, async ([, attack]) => {
    const before = rssBytes(envoy);
    expect(before).toBeGreaterThan(0);
    await attackH2(attack, port, 'x', {
      ...{ frames: FRAMES, width: 6, each: 1_000 },
      until: async () => {
        const { answers, most } = await others(ASKED);
        expect(answers).toEqual(allWell(ASKED));
        expect(most - before).toBeLessThan(BESIDE);
      },
    });
    expect(rssBytes(envoy)).toBeGreaterThan(0);
  });

  test('sixteen answers that nobody takes hold nobody up', { timeout: 60_000 }, async () => {
    const until = async () => expect((await others(ASKED)).answers).toEqual(allWell(ASKED));
    const { ended } = await attackH2(UNREAD, port, 'x', { frames: 16, each: 16, width: 1, until });
    expect(ended).toBe(0);
  });

  test('a thousand: what holds most is ended where memory is short, it is told, and others are answered while they go on', { timeout: 180_000 }, async () => {
    let most = 0;
    const until = async () => {
      await eventually(
        'answers for somebody else, with the attack as it is',
        async () => {
          const { answers } = await others(5);
          most = Math.max(most, rssBytes(envoy, 'RssAnon'));
          return answers.every((answer) => answer === '200') ? true : undefined;
        },
        A_MINUTE,
      );
      await eventually('requests that were ended for memory', async () => {
        const { stdout } = await mesh.run(['requests', '-n', 'shop', '--cause', 'overloaded', '-o', 'json']);
        return stdout.includes('overloaded') ? true : undefined;
      });
    };
    const watch = setInterval(() => {
      most = Math.max(most, rssBytes(envoy, 'RssAnon'));
    }, 50);
    await attackH2(UNREAD, port, 'x', { frames: 1_000, each: 100, width: 10, until }).finally(() => clearInterval(watch));
    expect(most).toBeGreaterThan(HEAP / 2);
    expect(most).toBeLessThan(1.5 * HEAP);
  });
});
