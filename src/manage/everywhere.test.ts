import { expect, test } from 'vitest';
import type { ProxyView, TapLine } from '../api/index.ts';
import { allProxies, hereText, tappedEverywhere } from './everywhere.ts';
import type { ManagePorts } from './ports.ts';

const proxy = (id: string, more: Partial<ProxyView> = {}): ProxyView => ({
  ...{ id, namespace: 'shop', name: id.slice(5), role: 'sidecar', identity: '', connected: false, sync: 'disconnected', envoyVersion: '' },
  ...{ configuredAt: 0, scope: { services: 0, of: 0 }, certificateNotAfter: 0, refusals: [] },
  ...more,
});
const up = { connected: true, sync: 'in sync' } as const;

function ports(own: readonly ProxyView[], theirs: readonly ProxyView[], asked: string[] = []): Pick<ManagePorts, 'proxies' | 'replica'> {
  return {
    proxies: () => own,
    replica: {
      name: 'a',
      report: () => ({}),
      ask: async (path) => {
        asked.push(path);
        return { answers: [{ replica: 'b', body: { items: theirs } }], silent: ['c'] };
      },
      lines: () => [],
    },
  };
}

test('a proxy is shown as the replica sees it that it is connected to, and who did not answer is named', async () => {
  const asked: string[] = [];
  const own = [proxy('shop/a', up), proxy('shop/b'), proxy('shop/c')];
  const theirs = [proxy('shop/a'), proxy('shop/b', { ...up, replica: 'b' }), proxy('shop/c')];
  const { items, silent } = await allProxies(ports(own, theirs, asked), { namespace: 'shop' });
  expect(items.map(({ id, connected, replica }) => [id, connected, replica])).toEqual([
    ['shop/a', true, 'a'],
    ['shop/b', true, 'b'],
    ['shop/c', false, undefined],
  ]);
  expect(silent).toEqual(['c']);
  expect(asked).toEqual(['/weft/v1/proxies?namespace=shop&here=true']);
});

test('who is asked by a replica asks nobody', async () => {
  const asked: string[] = [];
  await allProxies(ports([proxy('shop/a')], [], asked), { here: 'true' });
  expect(asked).toEqual([]);
  expect(hereText({ here: 'true', a: ['1', '2'], b: undefined })).toBe('a=1&a=2&here=true');
});

async function* lines(...all: readonly TapLine[]): AsyncGenerator<TapLine> {
  yield* all;
}

test('how many proxies tell is added up, and a tap ends when it ends here', async () => {
  const standing = (telling: number, waiting: number): TapLine => ({ kind: 'standing', telling, waiting });
  const own = async function* (): AsyncGenerator<TapLine> {
    yield standing(1, 1);
    // the others are through by then
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    yield { kind: 'ended', why: 'over' };
  };
  const got: TapLine[] = [];
  const others = [lines(standing(2, 0), { kind: 'dropped', count: 3, why: 'max-rps' }, { kind: 'ended', why: 'there' })];
  for await (const line of tappedEverywhere(own(), others)) got.push(line);
  expect(got).toContainEqual(standing(3, 1));
  expect(got).toContainEqual({ kind: 'dropped', count: 3, why: 'max-rps' });
  expect(got.filter(({ kind }) => kind === 'ended')).toEqual([{ kind: 'ended', why: 'over' }]);
});
