// Reads Envoy's API out of an Envoy binary. The C++ code that protoc generates keeps every
// FileDescriptorProto as a byte literal, so the binary itself says which messages it accepts.
// Fields of FileDescriptorProto and the wire type of each. protoc serialises them in ascending order,
// which is how the end of a literal is recognised.
const wireTypes = new Map([
  [1, 2],
  [2, 2],
  [3, 2],
  [4, 2],
  [5, 2],
  [6, 2],
  [7, 2],
  [8, 2],
  [10, 0],
  [11, 0],
  [12, 2],
  [14, 0],
  [15, 2],
]);

function varint(bytes: Buffer, at: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let shift = 0; shift <= 28; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) return undefined;
    value |= (byte & 127) << shift;
    if (byte < 128) return { value: value >>> 0, next: at };
  }
  return undefined;
}

function endOfDescriptor(bytes: Buffer, start: number): number {
  let at = start;
  for (let last = 0; ; ) {
    const tag = varint(bytes, at);
    if (tag === undefined) return at;
    const field = tag.value >>> 3;
    const wire = tag.value & 7;
    if (wireTypes.get(field) !== wire || field < last || (field === 1 && last === 1)) return at;
    const head = varint(bytes, tag.next);
    if (head === undefined) return at;
    const next = wire === 2 ? head.next + head.value : head.next;
    if (next > bytes.length) return at;
    at = next;
    last = field;
  }
}

function startOfDescriptor(bytes: Buffer, nameEnd: number): { start: number; name: string } | undefined {
  for (let length = 7; length < 256; length++) {
    const start = nameEnd - length - (length > 127 ? 3 : 2);
    if (start < 0 || bytes[start] !== 0x0a) continue;
    const head = varint(bytes, start + 1);
    if (head?.value !== length || head.next !== nameEnd - length) continue;
    const name = bytes.toString('latin1', head.next, nameEnd);
    if (/^[\w./-]+$/.test(name)) return { start, name };
  }
  return undefined;
}

function descriptors(binary: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = binary.indexOf('.proto'); at >= 0; at = binary.indexOf('.proto', at + 1)) {
    const head = startOfDescriptor(binary, at + 6);
    if (head === undefined) continue;
    const end = endOfDescriptor(binary, head.start);
    if (end <= at + 6) continue; // a name alone: a string elsewhere, not a descriptor
    const raw = binary.subarray(head.start, end);
    if (raw.length > (found.get(head.name)?.length ?? 0)) found.set(head.name, raw);
  }
  return found;
}

function lengthPrefix(length: number): Buffer {
  const out = [0x0a]; // FileDescriptorSet.file
  for (; length > 127; length >>>= 7) out.push((length & 127) | 128);
  out.push(length);
  return Buffer.from(out);
}

/**
 * Envoy's API as a serialised FileDescriptorSet, files in name order, read out of an Envoy executable.
 * Exact for that binary: 559 files for 1.40.0. Input: the executable's bytes.
 */
export function extractApi(binary: Buffer): Buffer {
  const files = [...descriptors(binary)].sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(files.flatMap(([, raw]) => [lengthPrefix(raw.length), raw]));
}
