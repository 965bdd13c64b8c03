// What Envoy's OpenTelemetry stat sink sends (opentelemetry/proto/metrics/v1/metrics.proto), read point by point: proxies say everything they count every
// few seconds, nearly all of it under labels that were seen before, so labels are handed on as bytes and read once.
import { getTextEncoding } from '@bufbuild/protobuf/wire';
import { WIRE, WireCursor } from './otlp-wire.ts';

/** One number that a proxy has counted up to now. */
export interface MetricPoint {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Fields of attributes as they came: equal bytes are equal labels. */
  readonly attributes: Uint8Array;
  /** When it was looked at. ns, not exact. */
  readonly time: number;
  /** False where only what came since the last message is told. */
  readonly cumulative: boolean;
  /** Of a counter or gauge; how many were measured, of a histogram. */
  readonly count: number;
  /** Of a histogram: the sum, counts by bucket (one more than bounds), and upper bounds. */
  readonly histogram?: { readonly sum: number; readonly counts: Float64Array; readonly bounds: Float64Array };
}

const CUMULATIVE = 2;
const NONE = new Uint8Array(0);

class Reader {
  readonly #cursor: WireCursor;
  readonly #take: (point: MetricPoint) => void;
  #name = '';

  constructor(bytes: Uint8Array, take: (point: MetricPoint) => void) {
    this.#cursor = new WireCursor(bytes);
    this.#take = take;
  }

  /** ExportMetricsServiceRequest.resource_metrics, ResourceMetrics.scope_metrics, ScopeMetrics.metrics are field 1, 2 and 2. */
  read(): void {
    const cursor = this.#cursor;
    this.#inside(cursor.end, 1, () => this.#inside(cursor.enter(), 2, () => this.#inside(cursor.enter(), 2, () => this.#metric())));
  }

  #inside(end: number, wanted: number, each: () => void): void {
    this.#cursor.fields(end, (field, wire) => {
      if (field === wanted && wire === WIRE.length) each();
    });
  }

  /** Metric: name 1, gauge 5, sum 7, histogram 9. The name comes first in every encoder that writes fields in order; else the points are nameless, and left out. */
  #metric(): void {
    const cursor = this.#cursor;
    this.#name = '';
    cursor.fields(cursor.enter(), (field, wire) => {
      if (wire !== WIRE.length) return;
      if (field === 1) {
        const end = cursor.enter();
        this.#name = getTextEncoding().decodeUtf8(cursor.bytes.subarray(cursor.at, end));
      } else if (field === 5 || field === 7 || field === 9) this.#points(field === 5 ? 'gauge' : field === 7 ? 'counter' : 'histogram');
    });
  }

  /** Gauge, Sum and Histogram: data_points 1; of the latter aggregation_temporality 2, which comes behind the points. */
  #points(kind: MetricPoint['kind']): void {
    const cursor = this.#cursor;
    const end = cursor.enter();
    const begin = cursor.at;
    let cumulative = false;
    cursor.fields(end, (field, wire) => {
      if (field === 2 && wire === WIRE.varint) cumulative = cursor.varint() === CUMULATIVE;
    });
    cursor.at = begin;
    this.#inside(end, 1, () => (kind === 'histogram' ? this.#histogram(cumulative) : this.#number(kind, cumulative)));
  }

  /** NumberDataPoint: time 3, as_double 4, as_int 6, attributes 7. */
  #number(kind: MetricPoint['kind'], cumulative: boolean): void {
    const cursor = this.#cursor;
    let [time, count] = [0, 0];
    const attributes = new Pieces(cursor.bytes);
    cursor.fields(cursor.enter(), (field, wire) => {
      if (field === 7 && wire === WIRE.length) attributes.add(cursor);
      else if (wire !== WIRE.fixed64) return;
      else if (field === 3) time = cursor.fixed64();
      else if (field === 4) count = cursor.double();
      else if (field === 6) count = cursor.fixed64();
    });
    this.#take({ name: this.#name, kind, attributes: attributes.joined(), time, cumulative, count });
  }

  /** HistogramDataPoint: time 3, count 4, sum 5, bucket_counts 6, explicit_bounds 7, attributes 9. */
  #histogram(cumulative: boolean): void {
    const cursor = this.#cursor;
    let [time, count, sum] = [0, 0, 0];
    let [counts, bounds] = [new Float64Array(0), new Float64Array(0)];
    const attributes = new Pieces(cursor.bytes);
    cursor.fields(cursor.enter(), (field, wire) => {
      if (wire === WIRE.length) {
        if (field === 9) attributes.add(cursor);
        else if (field === 6) counts = packed(cursor, () => cursor.fixed64());
        else if (field === 7) bounds = packed(cursor, () => cursor.double());
      } else if (wire !== WIRE.fixed64) return;
      else if (field === 3) time = cursor.fixed64();
      else if (field === 4) count = cursor.fixed64();
      else if (field === 5) sum = cursor.double();
    });
    this.#take({ name: this.#name, kind: 'histogram', attributes: attributes.joined(), time, cumulative, count, histogram: { sum, counts, bounds } });
  }
}

function packed(cursor: WireCursor, read: () => number): Float64Array<ArrayBuffer> {
  const end = cursor.enter();
  const found = new Float64Array(Math.floor((end - cursor.at) / 8));
  for (let at = 0; at < found.length; at++) found[at] = read();
  return found;
}

/** Fields of attributes, lengths included; nearly always they stand one behind the other. */
class Pieces {
  readonly #bytes: Uint8Array;
  #from = -1;
  #to = -1;
  #apart: Uint8Array = NONE;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The field's tag is one byte (7 and 9 are below 16), which is left out of the first piece. */
  add(cursor: WireCursor): void {
    if (this.#from < 0) this.#from = cursor.at;
    else if (this.#to !== cursor.at - 1) {
      this.#apart = this.joined();
      this.#from = cursor.at;
    }
    this.#to = cursor.end;
  }

  joined(): Uint8Array {
    if (this.#from < 0) return NONE;
    const own = this.#bytes.subarray(this.#from, this.#to);
    if (this.#apart.length === 0) return own;
    const whole = new Uint8Array(this.#apart.length + 1 + own.length);
    whole.set(this.#apart);
    whole.set(own, this.#apart.length + 1);
    return whole;
  }
}

/** Calls `take` for every point of a gauge, counter or histogram. Throws RangeError on bytes that are no message. */
export function readMetricPoints(bytes: Uint8Array, take: (point: MetricPoint) => void): void {
  new Reader(bytes, take).read();
}

/** Labels of a point by name; values that are no text are left out. */
export function readMetricLabels(attributes: Uint8Array): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const cursor = new WireCursor(attributes);
  const text = (end: number): string => getTextEncoding().decodeUtf8(cursor.bytes.subarray(cursor.at, end));
  while (cursor.at < attributes.byteLength) {
    const length = cursor.varint();
    let [key, value] = ['', ''];
    const end = cursor.at + length;
    // KeyValue: key 1, value 2; AnyValue: string_value 1
    cursor.fields(end, (field, wire) => {
      if (wire !== WIRE.length) return;
      if (field === 1) key = text(cursor.enter());
      else if (field === 2)
        cursor.fields(cursor.enter(), (inner, kind) => {
          if (inner === 1 && kind === WIRE.length) value = text(cursor.enter());
        });
    });
    cursor.at = end + 1;
    if (key !== '') found.set(key, value);
  }
  return found;
}
