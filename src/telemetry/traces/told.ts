// Which request a call says itself it belongs to: by W3C, which proxies read and continue, or by B3, which applications pass among each other through them.
import { endUs, type HeldSpan } from './held-span.ts';

const during = (inbound: HeldSpan, { startUs }: HeldSpan): boolean => inbound.startUs <= startUs && startUs <= endUs(inbound);

/** The span that a call names as its parent, or that is of its trace and around it: then an application that traces itself stands between. */
export function toldByW3c(span: HeldSpan, byTrace: ReadonlyMap<string, readonly HeldSpan[]>): HeldSpan | undefined {
  if (span.parent === '') return undefined;
  const same = byTrace.get(span.trace) ?? [];
  return same.find(({ id }) => id === span.parent) ?? same.find((each) => during(each, span));
}

/**
 * The request in flight of which a call carries the B3 trace on. Of several in the same trace it is that whose span the call names: as its parent, as a
 * tracer of Zipkin's does, or as its own, as who copies headers does. Undefined where that leaves more than one.
 */
export function toldByB3(span: HeldSpan, inbound: readonly HeldSpan[]): HeldSpan | undefined {
  const { b3 } = span;
  if (b3 === undefined) return undefined;
  const same = inbound.filter((each) => each.b3?.trace === b3.trace && during(each, span));
  const named = same.filter((each) => each.b3?.span === b3.parent || each.b3?.span === b3.span);
  const [one, ...others] = named.length > 0 ? named : same;
  return others.length > 0 ? undefined : one;
}

/** A call that has begun a B3 trace, as it must where no request that it may belong to has told of one. */
export function beginsB3(span: HeldSpan, inbound: readonly HeldSpan[]): boolean {
  return span.b3 !== undefined && !inbound.some((each) => each.b3 !== undefined && during(each, span));
}

/** A call that carries the B3 trace of a request in flight on, of whichever. */
export function passesB3(span: HeldSpan, inbound: readonly HeldSpan[]): boolean {
  return span.b3 !== undefined && inbound.some((each) => each.b3?.trace === span.b3?.trace && during(each, span));
}
