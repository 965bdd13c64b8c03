// What a push went through -> spans of a trace of the service `weft`.
import { randomBytes } from 'node:crypto';
import type { PushedTo, PushTrace } from '../control/index.ts';
import { nameOfPush, type OwnSpan } from '../telemetry/index.ts';

/** By all others it is found, too. */
const MOST_SAID = 5;

type Part = Pick<OwnSpan, 'name' | 'error' | 'reason' | 'attributes'> & { readonly fromMs: number; readonly toMs: number };

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

const step = (name: string, fromMs: number, toMs: number): Part => ({ name, fromMs, toMs, error: false, reason: '', attributes: {} });

const WORDS: Readonly<Record<PushedTo['outcome'], string>> = {
  acknowledged: '',
  refused: 'refused',
  left: 'the stream ended before it was acknowledged',
  waiting: 'not acknowledged within 30 s',
};

function delivery({ proxy, sentMs, endMs, outcome, words }: PushedTo): Part {
  const why = [WORDS[outcome], words].filter((text) => text !== '').join(': ');
  const name = outcome === 'acknowledged' ? `${proxy} acknowledges` : `${proxy} ${outcome}`;
  return { name, fromMs: sentMs, toMs: endMs, error: outcome === 'refused' || outcome === 'waiting', reason: why, attributes: { proxy, outcome } };
}

/** The push as a whole, and in it the queue, the compiler, the sending and what each proxy said. */
export function pushSpans({ at, documents, moreDocuments, queuedMs, compiledMs, sentMs, proxies, moreProxies }: PushTrace): readonly OwnSpan[] {
  const parts = [step('queue', 0, queuedMs), step('compile', queuedMs, compiledMs), step('send', compiledMs, sentMs), ...proxies.map(delivery)];
  const [trace, id] = [hex(16), hex(8)];
  const spanOf = ({ fromMs, toMs, ...part }: Part, own: { readonly id: string; readonly parent: string }): OwnSpan => ({
    ...part,
    ...own,
    trace,
    startUs: (at + fromMs) * 1000,
    durationUs: (toMs - fromMs) * 1000,
  });
  const unsaid = Math.max(0, documents.length - MOST_SAID) + moreDocuments;
  const more = unsaid === 0 ? '' : ` and ${unsaid} more`;
  const whole: Part = {
    ...step(
      `push ${documents[0] ?? 'nothing'}${documents.length > 1 || moreDocuments > 0 ? ` +${documents.length - 1 + moreDocuments}` : ''}`,
      0,
      Math.max(...parts.map(({ toMs }) => toMs)),
    ),
    error: parts.some(({ error }) => error),
    attributes: { documents: `${documents.slice(0, MOST_SAID).join(', ')}${more}`, proxies: String(proxies.length + moreProxies) },
  };
  return [{ ...spanOf(whole, { id, parent: '' }), names: documents.map(nameOfPush) }, ...parts.map((part) => spanOf(part, { id: hex(8), parent: id }))];
}
