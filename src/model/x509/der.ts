// As much of DER as certificates and keys need (X.690). Nothing here throws: what is no DER is undefined.
export interface Node {
  readonly tag: number;
  readonly contents: Uint8Array;
  /** Tag, length and contents. */
  readonly whole: Uint8Array;
}

function readOne(bytes: Uint8Array): Node | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  let at = 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3) return undefined;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] ?? 0);
  }
  if (at + length > bytes.length) return undefined;
  return { tag, contents: bytes.subarray(at, at + length), whole: bytes.subarray(0, at + length) };
}

/** The values that follow each other in `bytes`; undefined when any of it is no DER. */
export function readAll(bytes: Uint8Array): readonly Node[] | undefined {
  const nodes: Node[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const node = readOne(rest);
    if (node === undefined) return undefined;
    nodes.push(node);
    rest = rest.subarray(node.whole.length);
  }
  return nodes;
}

/** What stands inside a constructed value; undefined when it is not there or is no DER. */
export function inside(node: Node | undefined, tag?: number): readonly Node[] | undefined {
  return node === undefined || (tag !== undefined && node.tag !== tag) ? undefined : readAll(node.contents);
}

/** Dotted text of an OBJECT IDENTIFIER; '' for anything else. */
export function oidOf(node: Node | undefined): string {
  if (node?.tag !== 0x06) return '';
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of node.contents) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

/** An INTEGER without its leading zero bytes. */
export function integerOf(node: Node | undefined): Uint8Array | undefined {
  if (node?.tag !== 0x02) return undefined;
  const start = node.contents.findIndex((byte) => byte !== 0);
  return start < 0 ? new Uint8Array() : node.contents.subarray(start);
}
