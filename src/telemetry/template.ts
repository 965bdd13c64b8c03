// Paths with their ids taken out, so that a thousand orders are one path. `{*}` is one segment, as in AuthorizationPolicy.

export const ANY_SEGMENT = '{*}';

const NUMBER = /^\d+$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
/** Hexadecimal with a digit in it, ULIDs, keys with a number behind a prefix (`ord_8124`, `SKU-99`). */
const KEY = /^(?=.*\d)(?:[0-9a-f]{8,}|[0-9A-HJKMNP-TV-Z]{26}|[A-Za-z]{1,8}[-_]\d{2,})$/i;
const MIXED = /^(?=.*\d)(?=.*[A-Za-z])[\w~.=-]{16,}$/;
const MOST_SEGMENTS = 24;

const isId = (segment: string): boolean =>
  NUMBER.test(segment) || UUID.test(segment) || KEY.test(segment) || MIXED.test(segment) || segment.includes('…') || segment.includes('@');

/** What means something in a policy's path is written encoded, which matches it either way: nobody widens a suggestion by what he asks for. */
const literal = (segment: string): string => segment.replace(/[*{}]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** The path without its query, with `{*}` for every segment that is an id. */
export function templateOf(path: string): string {
  const plain = path.replace(/[?#].*$/s, '');
  if (!plain.startsWith('/')) return plain === '' ? '' : ANY_SEGMENT;
  const segments = plain.slice(1).split('/');
  const kept = segments.slice(0, MOST_SEGMENTS).map((segment) => (isId(segment) ? ANY_SEGMENT : literal(segment)));
  return `/${kept.join('/')}${segments.length > MOST_SEGMENTS ? '/{**}' : ''}`;
}
