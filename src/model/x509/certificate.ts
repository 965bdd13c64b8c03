import { asciiText } from './bytes.ts';
import { inside, type Node, oidOf, readAll } from './der.ts';
import { type PublicKey, readPublicKey } from './public-key.ts';

export interface Certificate {
  readonly publicKey: PublicKey;
  /** DNS names and addresses it is good for, as written; the common name when it has none. */
  readonly names: readonly string[];
  /** Epoch ms. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const SUBJECT_ALT_NAME = '2.5.29.17';
const COMMON_NAME = '2.5.4.3';

/** UTCTime or GeneralizedTime (RFC 5280 §4.1.2.5), epoch ms. */
function timeOf(node: Node | undefined): number | undefined {
  if (node === undefined) return undefined;
  const found = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(asciiText(node.contents));
  if (found === null || (node.tag === 0x17) !== (found[1]?.length === 2)) return undefined;
  const [short = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found.slice(1).map(Number);
  const year = node.tag === 0x17 ? short + (short < 50 ? 2000 : 1900) : short;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function alternativeNames(tbs: readonly Node[]): readonly string[] {
  const list = inside(inside(tbs.find((node) => node.tag === 0xa3))?.[0], 0x30) ?? [];
  for (const extension of list) {
    const parts = inside(extension, 0x30) ?? [];
    if (oidOf(parts[0]) !== SUBJECT_ALT_NAME) continue;
    const names = inside(readAll(parts.at(-1)?.contents ?? new Uint8Array())?.[0], 0x30) ?? [];
    return names.flatMap(({ tag, contents }) => {
      if (tag === 0x82) return [asciiText(contents).toLowerCase()];
      return tag === 0x87 && contents.length === 4 ? [contents.join('.')] : [];
    });
  }
  return [];
}

function commonName(subject: Node | undefined): readonly string[] {
  for (const set of inside(subject, 0x30) ?? []) {
    const [name, value] = inside(inside(set)?.[0], 0x30) ?? [];
    if (oidOf(name) === COMMON_NAME && value !== undefined) return [asciiText(value.contents).toLowerCase()];
  }
  return [];
}

/** What Weft wants to know of an X.509 certificate; undefined when the bytes are none. */
export function readCertificate(der: Uint8Array): Certificate | undefined {
  const [certificate, ...behind] = readAll(der) ?? [];
  const [tbs, , signature] = inside(certificate, 0x30) ?? [];
  const all = inside(tbs, 0x30);
  if (behind.length > 0 || signature?.tag !== 0x03 || all === undefined) return undefined;
  // version [0] is left out of a certificate of version 1
  const [, , , validity, subject, spki] = all[0]?.tag === 0xa0 ? all.slice(1) : all;
  return certificateOf(all, { validity, subject, spki });
}

function certificateOf(
  all: readonly Node[],
  { validity, subject, spki }: { readonly validity: Node | undefined; readonly subject: Node | undefined; readonly spki: Node | undefined },
): Certificate | undefined {
  const [from, to] = (inside(validity, 0x30) ?? []).map(timeOf);
  const publicKey = readPublicKey(spki);
  if (publicKey === undefined || from === undefined || to === undefined) return undefined;
  const names = alternativeNames(all);
  return { publicKey, names: names.length > 0 ? names : commonName(subject), notBefore: from, notAfter: to };
}
