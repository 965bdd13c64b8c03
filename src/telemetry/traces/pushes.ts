// What became of a change: which push of the control plane took it to the proxies, and how long that took. A push is kept as a trace of the service
// `weft`, under the names of the documents that it was about.
import type { PushView } from '../../api/index.ts';
import type { KeptSpan } from './kept-span.ts';

/** A document, `Kind namespace/name`, and when it was changed, epoch ms. */
export interface AskedPush {
  readonly document: string;
  readonly at: number;
}

/** How a push is found by one of its documents. Nobody asks for a trace by it: no id has a space. */
export const nameOfPush = (document: string): string => `push ${document}`;

/** A batch that took a change may have begun before it, and no push begins long after. */
export const EARLY_MS = 10_000;
export const LATE_MS = 10_000;
/** A change is written down, and told, in the same moment, but for what the clock is rounded to. */
const SLACK_MS = 50;

const endUs = ({ startUs, durationUs }: KeptSpan): number => startUs + durationUs;

const countOf = (spans: readonly KeptSpan[], outcome: string): number => spans.filter(({ attributes }) => attributes['outcome'] === outcome).length;

/** The spans of one push, as an answer; undefined when it was compiled before the change came. */
export function pushOf(spans: readonly KeptSpan[], { at }: AskedPush): PushView | undefined {
  const root = spans.find(({ parent }) => parent === '');
  const queue = spans.find(({ name }) => name === 'queue');
  if (root === undefined || queue === undefined || endUs(queue) < (at - SLACK_MS) * 1000) return undefined;
  const followed = spans.filter(({ attributes }) => attributes['outcome'] !== undefined);
  const acknowledged = countOf(followed, 'acknowledged');
  const refused = countOf(followed, 'refused');
  return {
    trace: root.trace,
    at: new Date(root.startUs / 1000).toISOString(),
    tookMs: root.durationUs / 1000,
    proxies: Number(root.attributes['proxies'] ?? followed.length),
    followed: followed.length,
    acknowledged,
    refused,
    unanswered: followed.length - acknowledged - refused,
  };
}
