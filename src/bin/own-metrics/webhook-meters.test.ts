import { expect, test } from 'vitest';
import { expositionText } from '../../base/index.ts';
import { WebhookMeters } from './webhook-meters.ts';

test('answers by webhook and kind; what was no question took no time', () => {
  const meters = new WebhookMeters();
  meters.answered('/inject', 12, 'allowed');
  meters.answered('/inject', 30, 'denied');
  meters.answered('other', 1, 'refused');
  meters.handshakeFailed();
  const lines = expositionText(meters.families()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'weft_webhook_answers_total{answer="allowed",webhook="/inject"} 1',
      'weft_webhook_answers_total{answer="denied",webhook="/inject"} 1',
      'weft_webhook_answers_total{answer="refused",webhook="other"} 1',
      'weft_webhook_handshakes_failed_total 1',
    ]),
  );
  expect(lines.filter((line) => line.startsWith('weft_webhook_seconds_count'))).toEqual([expect.stringMatching(/webhook="\/inject"\} 2$/)]);
});
