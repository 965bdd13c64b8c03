// What a request says of its trace in B3 (openzipkin/b3-propagation), as its proxy told it: in one header or in several.

/** Ids are lower case; those of traces have 32 digits, as W3C's have: shorter ones are filled with zeros in front, as OpenTelemetry does. */
export interface B3 {
  readonly trace: string;
  readonly span: string;
  /** Of the span that `span` is part of; empty when it is not told. */
  readonly parent: string;
}

const TRACE = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/;
const SPAN = /^[0-9a-f]{16}$/;
const NONE = /^0+$/;

const idOf = (text: string, pattern: RegExp): string => (pattern.test(text) && !NONE.test(text) ? text : '');

/** An id of a trace as it is kept, also of one with 16 digits; undefined of what is none. */
export function b3Trace(text: string): string | undefined {
  const id = idOf(text.toLowerCase(), TRACE);
  return id === '' ? undefined : id.padStart(32, '0');
}

/** `first`: the header `b3`, else `x-b3-traceid`; the others are heeded beside the latter. Undefined where no ids are told (`b3: 0` is a decision alone). */
export function readB3(first: string, span: string, parent: string): B3 | undefined {
  const parts = first.toLowerCase().split('-');
  const [id = '', own = '', , above = ''] = parts.length > 1 ? parts : [first, span.toLowerCase(), '', parent.toLowerCase()];
  const trace = b3Trace(id);
  const spanId = idOf(own, SPAN);
  return trace === undefined || spanId === '' ? undefined : { trace, span: spanId, parent: idOf(above, SPAN) };
}
