import { type InboundSpan, type InferredEdge, type Learned, NOTHING_LEARNED, type OutboundSpan, type SpanWindow, type Stitching } from './spans.ts';

function nearest(inbound: readonly InboundSpan[], child: OutboundSpan): InferredEdge {
  if (child.parent !== undefined) return { child: child.id, parent: child.parent, confidence: 1 };
  const around = inbound.filter(({ startUs, endUs }) => startUs <= child.startUs && child.endUs <= endUs);
  const best = around.reduce<InboundSpan | undefined>((found, one) => (found === undefined || one.startUs > found.startUs ? one : found), undefined);
  return { child: child.id, parent: best?.id, confidence: 1 / Math.max(1, around.length) };
}

/** Finds the parents of a window's outbound spans. Never throws. */
export function stitch({ inbound, outbound }: SpanWindow, learned: Learned = NOTHING_LEARNED): Stitching {
  return { edges: outbound.map((child) => nearest(inbound, child)), learned: { windows: learned.windows + 1 } };
}
