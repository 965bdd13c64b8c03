// A WebAssembly module made byte by byte: no compiler is needed to see whether one runs. It speaks proxy-wasm 0.2.1 and adds one request header.

function leb(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...out, rest];
    out.push((rest & 0x7f) | 0x80);
  }
}

/** i32.const of a small positive number (signed LEB128). */
function constant(value: number): number[] {
  const out: number[] = [0x41];
  for (let rest = value; ; rest >>= 7) {
    const byte = rest & 0x7f;
    if (rest >> 7 === 0 && (byte & 0x40) === 0) return [...out, byte];
    out.push(byte | 0x80);
  }
}

const text = (words: string): number[] => [...leb(words.length), ...Buffer.from(words)];
const list = (items: readonly number[][]): number[] => [...leb(items.length), ...items.flat()];
const section = (id: number, content: readonly number[]): number[] => [id, ...leb(content.length), ...content];
const I32 = 0x7f;
const type = (parameters: number, results: number): number[] => [0x60, ...list(Array(parameters).fill([I32])), ...list(Array(results).fill([I32]))];
const body = (code: readonly number[]): number[] => [...leb(code.length + 2), 0, ...code, 0x0b];
const data = (at: number, words: string): number[] => [0, ...constant(at), 0x0b, ...text(words)];

/** The module: `proxy_on_request_headers` adds `name: value` (at most 16 characters each). */
export function wasmModule(name: string, value: string): Buffer {
  const call = [...constant(0), ...constant(1024), ...constant(name.length), ...constant(1040), ...constant(value.length), 0x10, 0, 0x1a, ...constant(0)];
  const exported = (words: string, kind: number, index: number): number[] => [...text(words), kind, ...leb(index)];
  return Buffer.from([
    ...Buffer.from('\0asm\x01\0\0\0', 'latin1'),
    ...section(1, list([type(0, 0), type(1, 1), type(2, 0), type(3, 1), type(5, 1)])),
    ...section(2, list([[...text('env'), ...text('proxy_add_header_map_value'), 0, 4]])),
    ...section(3, list([[0], [1], [2], [3]])),
    ...section(5, list([[0, 1]])),
    ...section(
      7,
      list([
        exported('memory', 2, 0),
        exported('proxy_abi_version_0_2_1', 0, 1),
        exported('proxy_on_memory_allocate', 0, 2),
        exported('proxy_on_context_create', 0, 3),
        exported('proxy_on_request_headers', 0, 4),
      ]),
    ),
    ...section(10, list([body([]), body(constant(4096)), body([]), body(call)])),
    ...section(11, list([data(1024, name), data(1040, value)])),
  ]);
}
