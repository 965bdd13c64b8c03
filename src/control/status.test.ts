import { describe, expect, test } from 'vitest';
import { fakeClock } from '../../test/kit/fake-clock.ts';
import type { Document, DocumentKey } from '../model/index.ts';
import { type Statement, StatusWriter } from './status.ts';

const KEY = 'gateway.networking.k8s.io/HTTPRoute/shop/checkout' as DocumentKey;

/** A writer of one document's status, what it wrote, and what is to be said of the document now. */
function desk() {
  const clock = fakeClock();
  const written: string[] = [];
  let statement: Statement | undefined;
  const status = { write: async (batch: readonly { readonly status: unknown }[]) => void written.push(...batch.map((each) => JSON.stringify(each.status))) };
  const writer = new StatusWriter({ status, clock, log: () => undefined } as ConstructorParameters<typeof StatusWriter>[0], () => statement);
  const say = async (generation: number, running: number, total: number): Promise<void> => {
    const settled = running === total;
    const programmed = { type: 'Programmed', status: settled ? 'True' : 'False', reason: settled ? 'Programmed' : 'Pending' };
    const conditions = [{ ...programmed, message: `${running} of ${total} proxies run it`, observedGeneration: generation }];
    statement = { document: { metadata: { generation } } as Document, status: { conditions }, settled };
    writer.touch(KEY);
    await clock.advance(0);
  };
  return { clock, written, say };
}

describe('what somebody waits for is said when it is so', () => {
  test('all proxies run an edited document, and so far it was the old one that they ran', async () => {
    const { clock, written, say } = desk();
    await say(1, 2, 2);
    await clock.advance(1000);
    await say(2, 1, 2);
    await clock.advance(100);
    expect(written).toHaveLength(1);
    await say(2, 2, 2);
    await clock.advance(200);
    expect(written).toHaveLength(2);
    expect(written[1]).toContain('"observedGeneration":2');
  });

  test('all of them run it, and it had been said that some do not yet', async () => {
    const { clock, written, say } = desk();
    await say(1, 0, 1);
    await clock.advance(1000);
    await say(1, 1, 1);
    await clock.advance(200);
    expect(written.map((text) => /"status":"(\w+)"/.exec(text)?.[1])).toEqual(['False', 'True']);
  });
});

describe('numbers that still climb', () => {
  test('are told after a second, in their newest form', async () => {
    const { clock, written, say } = desk();
    await say(1, 1, 1);
    await clock.advance(1000);
    for (let total = 2; total <= 5; total++) {
      await say(1, total, total);
      await clock.advance(200);
    }
    expect(written).toHaveLength(1);
    await clock.advance(1000);
    expect(written.map((text) => /\d of \d/.exec(text)?.[0])).toEqual(['1 of 1', '5 of 5']);
  });
});
