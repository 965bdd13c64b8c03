// Reads back the DER of a certificate, strictly and independently of the writer: recheck uses it to see what `X509Certificate`
// does not show (key usage bits, criticality, the whole list of extensions).

export interface Node {
  readonly tag: number;
  readonly contents: Uint8Array;
}

/** One value and what stands behind it; undefined when the bytes are no DER. */
function readOne(bytes: Uint8Array): { node: Node; rest: Uint8Array } | undefined {
  const tag = bytes[0];
  const first = bytes[1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) return undefined;
  let at = 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 3) return undefined;
    length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + (bytes[at++] ?? 0);
    if (length < 0x80 || length < 256 ** (count - 1)) return undefined;
  }
  if (at + length > bytes.length) return undefined;
  return { node: { tag, contents: bytes.subarray(at, at + length) }, rest: bytes.subarray(at + length) };
}

/** The values that follow each other in `bytes`; undefined when any of it is no DER. */
export function readAll(bytes: Uint8Array): readonly Node[] | undefined {
  const nodes: Node[] = [];
  for (let rest = bytes; rest.length > 0; ) {
    const one = readOne(rest);
    if (one === undefined) return undefined;
    nodes.push(one.node);
    rest = one.rest;
  }
  return nodes;
}

/** Dotted text of an OBJECT IDENTIFIER's contents. */
export function readOid(contents: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of contents) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join('.');
}

export interface Extension {
  readonly oid: string;
  readonly critical: boolean;
  /** DER of the extension's value. */
  readonly value: Uint8Array;
}

export interface Anatomy {
  readonly version: number;
  readonly serial: Uint8Array;
  /** OIDs of the algorithm inside and outside what is signed. */
  readonly algorithms: readonly [string, string];
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Contents of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  readonly extensions: readonly Extension[];
}

/** Takes a certificate apart (RFC 5280 §4.1); undefined when its shape is not exactly that of a v3 certificate without unique identifiers. */
export function anatomy(der: Uint8Array): Anatomy | undefined {
  const [certificate, ...behind] = readAll(der) ?? [];
  const [tbs, outer, signature, ...more] = readAll(certificate?.contents ?? new Uint8Array()) ?? [];
  if (behind.length > 0 || more.length > 0 || tbs === undefined || outer === undefined || signature?.tag !== 0x03) return undefined;
  const [version, serial, inner, issuer, validity, subject, key, extensions, ...rest] = readAll(tbs.contents) ?? [];
  if (version?.tag !== 0xa0 || serial?.tag !== 0x02 || inner === undefined || issuer === undefined || validity === undefined) return undefined;
  if (subject === undefined || key === undefined || extensions?.tag !== 0xa3 || rest.length > 0) return undefined;
  const list = readExtensions(extensions.contents);
  if (list === undefined) return undefined;
  return {
    version: version.contents[2] ?? -1,
    serial: serial.contents,
    algorithms: [algorithm(inner), algorithm(outer)],
    issuer: issuer.contents,
    subject: subject.contents,
    spki: key.contents,
    extensions: list,
  };
}

function algorithm(node: Node): string {
  const [name] = readAll(node.contents) ?? [];
  return name?.tag === 0x06 ? readOid(name.contents) : '';
}

function readExtensions(contents: Uint8Array): readonly Extension[] | undefined {
  const [list, ...rest] = readAll(contents) ?? [];
  const items = rest.length > 0 || list === undefined ? undefined : readAll(list.contents);
  const extensions: Extension[] = [];
  for (const item of items ?? []) {
    const parts = readAll(item.contents) ?? [];
    const [name, second, third] = parts;
    const value = parts.length === 2 ? second : parts.length === 3 ? third : undefined;
    if (name?.tag !== 0x06 || value?.tag !== 0x04) return undefined;
    // DER leaves out `critical: false`, so a BOOLEAN that is there must say true.
    if (parts.length === 3 && (second?.tag !== 0x01 || second.contents[0] !== 0xff)) return undefined;
    extensions.push({ oid: readOid(name.contents), critical: parts.length === 3, value: value.contents });
  }
  return items === undefined ? undefined : extensions;
}
