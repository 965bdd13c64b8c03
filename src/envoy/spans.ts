// Spans in OTLP (opentelemetry.proto.collector.trace.v1), as Envoy's tracer sends them, in plain values. They come by the ten thousand, so no message is
// made of them, and of what is on a span only what somebody reads becomes text.
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { WIRE, WireCursor } from './otlp-wire.ts';
import { OWN_TAG, SPAN_TAG, UPSTREAM_TAG } from './span-tags.ts';

/** Text is as it came: whatever a client wrote may stand in it. */
export interface ReportedSpan {
  /** Hexadecimal. */
  readonly trace: string;
  readonly id: string;
  /** Empty at the top. */
  readonly parent: string;
  readonly kind: 'server' | 'client';
  readonly startUs: number;
  readonly endUs: number;
  /** Those of Envoy's that are read, Weft's, and what policies have written. */
  readonly tags: Readonly<Record<string, string>>;
}

const READ = [
  ...['http.url', 'http.method', 'http.status_code', 'grpc.status_code', 'error', 'guid:x-request-id', 'response_flags', 'upstream_cluster'],
  ...[SPAN_TAG, UPSTREAM_TAG],
];

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (sign) => sign.charCodeAt(0));
const KEYS = Map.groupBy(
  READ.map((name) => ({ name, bytes: ascii(name) })),
  ({ bytes }) => bytes.length,
);
const OWN = ascii(OWN_TAG);

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** `SpanKind` CLIENT. */
const CLIENT = 3;
const ASCII = { short: 64, most: 0x80 };

function hexOf({ bytes, at, end }: WireCursor): string {
  let text = '';
  for (let from = at; from < end; from++) text += DIGITS[bytes[from] ?? 0] ?? '';
  return text;
}

/** Short text of plain signs needs no decoder, which costs more than it. */
function textOf({ bytes, at, end }: WireCursor): string {
  if (end - at > ASCII.short) return getTextEncoding().decodeUtf8(bytes.subarray(at, end));
  let text = '';
  for (let from = at; from < end; from++) {
    const sign = bytes[from] ?? 0;
    if (sign >= ASCII.most) return getTextEncoding().decodeUtf8(bytes.subarray(at, end));
    text += String.fromCharCode(sign);
  }
  return text;
}

function begins({ bytes, at }: WireCursor, key: Uint8Array): boolean {
  for (let from = 0; from < key.length; from++) if (bytes[at + from] !== key[from]) return false;
  return true;
}

/** The name of a tag that somebody reads; undefined of all others. */
function keyOf(cursor: WireCursor): string | undefined {
  const length = cursor.end - cursor.at;
  for (const { name, bytes } of KEYS.get(length) ?? []) if (begins(cursor, bytes)) return name;
  return length > OWN.length && begins(cursor, OWN) ? textOf(cursor) : undefined;
}

/** `AnyValue`: text, yes or no, a whole number, a number; of what is composed nothing. */
function readValue(cursor: WireCursor): string {
  let text = '';
  cursor.fields(cursor.enter(), (field, wire) => {
    if (field === 1 && wire === WIRE.length) {
      cursor.enter();
      text = textOf(cursor);
    } else if (field === 2 && wire === WIRE.varint) text = cursor.varint() === 0 ? 'false' : 'true';
    else if (field === 3 && wire === WIRE.varint) text = String(cursor.varint());
    else if (field === 4 && wire === WIRE.fixed64) text = String(cursor.double());
  });
  return text;
}

/** `KeyValue`. */
function readTag(cursor: WireCursor, tags: Record<string, string>): void {
  let key: string | undefined;
  cursor.fields(cursor.enter(), (field, wire) => {
    if (wire !== WIRE.length) return;
    if (field === 1) {
      cursor.enter();
      key = keyOf(cursor);
    } else if (field === 2 && key !== undefined) tags[key] = readValue(cursor);
  });
}

function readSpan(cursor: WireCursor): ReportedSpan {
  const tags: Record<string, string> = {};
  let [trace, id, parent, startUs, endUs] = ['', '', '', 0, 0];
  let kind: ReportedSpan['kind'] = 'server';
  const idOf = (): string => {
    cursor.enter();
    return hexOf(cursor);
  };
  cursor.fields(cursor.enter(), (field, wire) => {
    if (field === 9 && wire === WIRE.length) readTag(cursor, tags);
    else if (field === 1 && wire === WIRE.length) trace = idOf();
    else if (field === 2 && wire === WIRE.length) id = idOf();
    else if (field === 4 && wire === WIRE.length) parent = idOf();
    else if (field === 6 && wire === WIRE.varint) kind = cursor.varint() === CLIENT ? 'client' : 'server';
    else if (field === 7 && wire === WIRE.fixed64) startUs = cursor.fixed64Thousandth();
    else if (field === 8 && wire === WIRE.fixed64) endUs = cursor.fixed64Thousandth();
  });
  return { trace, id, parent, kind, startUs, endUs, tags };
}

/** Spans with an id of their trace and one of their own. Throws RangeError on bytes that are no message. */
export function decodeSpans(bytes: Uint8Array): readonly ReportedSpan[] {
  const found: ReportedSpan[] = [];
  const cursor = new WireCursor(bytes);
  // resource_spans 1, scope_spans 2, spans 2
  const within = (end: number, depth: number): void =>
    cursor.fields(end, (field, wire) => {
      if (wire !== WIRE.length || field !== (depth === 0 ? 1 : 2)) return;
      if (depth < 2) return within(cursor.enter(), depth + 1);
      const span = readSpan(cursor);
      if (span.trace.length === 32 && span.id.length === 16) found.push(span);
    });
  within(bytes.byteLength, 0);
  return found;
}
