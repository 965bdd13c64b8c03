// Paths as policies write them. A proxy resolves dot segments, doubled slashes and needless encodings before it looks, so what a policy says must
// be written in that form; and a character that may be encoded or not is matched both ways, since the application decodes it.
import { err, ok, type Result } from '../../base/index.ts';
import type { Match } from './rules.ts';
import { readText } from './values.ts';

/** RFC 3986 §3.3: pchar, beside "/". */
const ALLOWED = /^(?:[A-Za-z0-9\-._~!$&'()+,;=:@/]|%[0-9a-fA-F]{2})*$/;
const UNRESERVED = /[A-Za-z0-9\-._~]/;

function mistake(text: string): string | undefined {
  if (/[?#]/.test(text)) return 'a path has no query and no fragment';
  if (/%(2f|5c)/i.test(text) || text.includes('\\')) return 'an encoded slash never reaches a policy: such requests are refused';
  if (text.includes('//')) return 'proxies make one slash of several: write one';
  if (/(^|\/)\.\.?(\/|$)/.test(text)) return 'proxies resolve "." and "..": write the path they lead to';
  if (!ALLOWED.test(text)) return 'write characters that are not allowed in paths percent-encoded (RFC 3986), as they travel';
  const needless = [...text.matchAll(/%([0-9a-fA-F]{2})/g)].find(([, hex = '']) => UNRESERVED.test(String.fromCharCode(Number.parseInt(hex, 16))));
  return needless === undefined ? undefined : `proxies decode ${needless[0]}: write "${String.fromCharCode(Number.parseInt(needless[1] ?? '', 16))}"`;
}

/** A path, with `*` at one end, or with `{*}` for one segment and `{**}` for any rest. */
export function readPath(value: string): Result<Match, string> {
  if (value.includes('{')) return readTemplate(value);
  const read = readText(value);
  if (!read.ok || !('value' in read.value)) return read;
  const { kind, value: said } = read.value;
  if (kind !== 'suffix' && !said.startsWith('/')) return err('must begin with "/"');
  const wrong = mistake(said);
  return wrong === undefined ? read : err(wrong);
}

/** Envoy's URI templates as Istio has them: an operator fills a whole segment, and the one for any rest stands last. */
function readTemplate(value: string): Result<Match, string> {
  const segments = value.split('/').slice(1);
  if (!value.startsWith('/')) return err('must begin with "/"');
  const rest = segments.indexOf('{**}');
  if (rest >= 0 && rest !== segments.findLastIndex((each) => each.includes('{'))) return err('"{**}" must be the last operator');
  const literal = segments.filter((each) => each !== '{*}' && each !== '{**}');
  if (literal.some((each) => /[{}*]/.test(each))) return err('an operator ("{*}" or "{**}") fills a whole segment, and "*" cannot be mixed with them');
  const wrong = mistake(`/${literal.join('/')}`.replaceAll(/\/+/g, '/')) ?? mistake(value.replaceAll(/\{\*{1,2}\}/g, 'x'));
  return wrong === undefined ? ok({ kind: 'template', value }) : err(wrong);
}

/** True for a path that is the same in every spelling: no character of it may be encoded. */
export function isPlain(text: string): boolean {
  return /^[A-Za-z0-9\-._~/]*$/.test(text);
}

const QUOTED = /[\\^$.*+?()[\]{}|]/g;

function spelling(piece: string): string {
  const octet = piece.length === 3 ? Number.parseInt(piece.slice(1), 16) : piece.charCodeAt(0);
  const hex = octet.toString(16).padStart(2, '0');
  const encoded = `%${[...hex].map((each) => (/[a-f]/.test(each) ? `[${each.toUpperCase()}${each}]` : each)).join('')}`;
  const plain = String.fromCharCode(octet);
  const raw = /[!$&'()*+,;=:@]/.test(plain) ? plain.replace(QUOTED, '\\$&') : undefined;
  return raw === undefined ? encoded : `(?:${raw}|${encoded})`;
}

/** RE2 for every spelling of a piece of a path that a proxy passes on and an application may read as the same. */
export function spellings(text: string): string {
  return [...text.matchAll(/%[0-9a-fA-F]{2}|[\s\S]/g)]
    .map(([piece]) => (piece.length === 1 && (UNRESERVED.test(piece) || piece === '/') ? piece.replace(QUOTED, '\\$&') : spelling(piece)))
    .join('');
}

/** RE2 of a template. */
export function templatePattern(value: string): string {
  return value
    .split(/(\{\*{1,2}\})/)
    .map((piece) => (piece === '{*}' ? '[^/]+' : piece === '{**}' ? '.*' : spellings(piece)))
    .join('');
}
