// Spellings of paths, each with what an application behind the mesh may see of it: a path, or the status with which it is refused before.

const hex = (octet: number): string => octet.toString(16).padStart(2, '0');
const UNRESERVED = /[A-Za-z0-9\-._~]/;

export type Vector = readonly [written: string, seen: string | number];

/** `/a%XXb` for each octet. Unreserved ones are decoded, a NUL is refused, encoded slashes are refused where rules look at paths. */
const OCTETS: readonly Vector[] = Array.from({ length: 256 }, (_, octet): Vector => {
  const written = `/a%${hex(octet)}b`;
  if (octet === 0) return [written, 400];
  if (octet === 0x2f || octet === 0x5c) return [written, 403];
  const letter = String.fromCharCode(octet);
  return [written, UNRESERVED.test(letter) ? `/a${letter}b` : written];
});

/** The same in capital letters, where there are any. */
const CAPITALS: readonly Vector[] = OCTETS.filter(([written]) => written !== written.toUpperCase().replace('/A', '/a').replace(/B$/, 'b')).map(
  ([written, seen]) => {
    const capital = `/a${written.slice(2, 5).toUpperCase()}b`;
    return [capital, typeof seen === 'string' && seen === written ? capital : seen];
  },
);

const SEGMENTS: readonly Vector[] = [
  ['/', '/'],
  ['//', '//'],
  ['///', '//'],
  ['/.', '/'],
  ['/./', '/'],
  ['/..', '/'],
  ['/../', '/'],
  ['/../..', '/'],
  ['/a', '/a'],
  ['/a/', '/a/'],
  ['/a//', '/a/'],
  ['//a', '/a'],
  ['///a', '/a'],
  ['/a//b', '/a/b'],
  ['/a///b', '/a/b'],
  ['/a/./b', '/a/b'],
  ['/a/.//b', '/a/b'],
  ['/a//./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/a/..//b', '/b'],
  ['/a/b/..', '/a/'],
  ['/a/b/.', '/a/b/'],
  ['/a/b/../..', '/'],
  ['/a/b/../../..', '/'],
  ['/../../a', '/a'],
  ['/a/b/c/../../d', '/a/d'],
  ['/a/...', '/a/...'],
  ['/a/.b', '/a/.b'],
  ['/a/b.', '/a/b.'],
  ['/a/..b', '/a/..b'],
  ['/a/b..', '/a/b..'],
  ['/a/. /b', 400],
  ['/a/%2e', '/a/'],
  ['/a/%2E', '/a/'],
  ['/a/%2e/', '/a/'],
  ['/a/%2e%2e', '/'],
  ['/a/%2E%2E', '/'],
  ['/a/%2e.', '/'],
  ['/a/.%2e', '/'],
  ['/a/.%2E/b', '/b'],
  ['/a/%2e%2e/b', '/b'],
  ['/a/%2e%2e/%2e%2e/b', '/b'],
  ['/%2e%2e/a', '/a'],
  ['/%2e/a', '/a'],
  ['/%61', '/a'],
  ['/%61/%2e%2e/%62', '/b'],
  ['/a%2f..%2fb', 403],
  ['/a%2F..%2Fb', 403],
  ['/a/..%2fb', 403],
  ['/a%2f%2e%2e%2fb', 403],
  ['/%2fa', 403],
  ['/a%2f', 403],
  ['/%2f%2fa', 403],
  ['/a%5cb', 403],
  ['/a%5C..%5Cb', 403],
  ['/a\\b', '/a/b'],
  ['/a\\..\\b', '/b'],
  ['\\a', 400],
  ['/\\a', '/a'],
  ['/a\\\\b', '/a/b'],
  ['/a/..\\b', '/b'],
  ['/a\\../b', '/b'],
  ['/a;x=y', '/a;x=y'],
  ['/a;x=y/b', '/a;x=y/b'],
  ['/a;/../b', '/b'],
  ['/a/..;/b', '/b'],
  ['/a/..;x/b', '/b'],
  ['/a/.;/b', '/a/b'],
  ['/a;..%2fb', 403],
  ['/%252e%252e/a', '/%252e%252e/a'],
  ['/a%252fb', '/a%252fb'],
  ['/a%255cb', '/a%255cb'],
  ['/%25%32%65', '/%252e'],
  ['/%25%32%66', '/%252f'],
  ['/a%c0%af..%c0%afb', '/a%c0%af..%c0%afb'],
  ['/%c0%ae%c0%ae/a', '/%c0%ae%c0%ae/a'],
  ['/%e0%80%af', '/%e0%80%af'],
  ['/%f0%80%80%af', '/%f0%80%80%af'],
  ['/%c1%9c', '/%c1%9c'],
  ['/a%u002fb', '/a%u002fb'],
  ['/a%', '/a%'],
  ['/a%4', '/a%4'],
  ['/a%zz', '/a%zz'],
  ['/a%2', '/a%2'],
  ['/a%00', 400],
  ['/a%00/../b', 400],
  ['/a?b=c', '/a?b=c'],
  ['/a?b=/../c', '/a?b=/../c'],
  ['/a?b=%2f', '/a?b=%2f'],
  ['/a/../b?c=//d', '/b?c=//d'],
  ['/a?', '/a?'],
  ['/a??b', '/a??b'],
  ['/a%3fb', '/a%3fb'],
  ['/a%23b', '/a%23b'],
  ['/a#b', 400],
  ['/a?b#c', 400],
  ['/A', '/A'],
  ['/a:b', '/a:b'],
  ['/a@b', '/a@b'],
  ['/a,b', '/a,b'],
  ["/a'b", "/a'b"],
  ['/a(b)', '/a(b)'],
  ['/a!b', '/a!b'],
  ['/a$b', '/a$b'],
  ['/a&b', '/a&b'],
  ['/a+b', '/a+b'],
  ['/a=b', '/a=b'],
  ['/a*b', '/a*b'],
  ['/a~b', '/a~b'],
];

/** More than 345, each written down or made of one rule. */
export const VECTORS: readonly Vector[] = [...OCTETS, ...CAPITALS, ...SEGMENTS];

type Dice = (sides: number) => number;

const DOTS = ['..', '%2e%2e', '.%2e', '%2E.', '%252e%252e', '%c0%ae%c0%ae', '..;', '..%00', '....', '%u002e%u002e', '..%01', '%2e%2e;x=1', '0x2e0x2e', '.%00.'];
const SLASHES = [
  '/',
  '%2f',
  '%2F',
  '\\',
  '%5c',
  '%5C',
  '//',
  '/./',
  '%252f',
  '%c0%af',
  '/%2f',
  '\\/',
  '%e0%80%af',
  '/;/',
  '%%32%66',
  '%u2215',
  '/%20/',
  '%2f%2f',
];
const PLACES = [
  'admin',
  'Admin',
  '%61dmin',
  'a%64min',
  'adm%69n',
  'admin;x=y',
  'admin.',
  'admin%20',
  'admin%00',
  './admin',
  'admin/.',
  '%2561dmin',
  'admin%3f',
  'admin%23',
  'admin?',
  'admin#',
  'admin%09',
];
const BEGINNINGS = ['/', '//', '/public/', '/public', '/x/y/', '/.', '/%2e/', '/\\', '/;/', '/public;/', '', 'http://a.example/', 'http://a.example//'];

const pick = (dice: Dice, list: readonly string[]): string => list[dice(list.length)] ?? '';

/** A way of writing a path that leads to `/admin/secret.txt` if somebody between reads it otherwise than the application. */
export function traversal(dice: Dice): string {
  const climb = Array.from({ length: dice(5) }, () => `${pick(dice, DOTS)}${pick(dice, SLASHES)}`).join('');
  const beneath = dice(3) === 0 ? `${pick(dice, SLASHES)}${pick(dice, ['public', 'x', '.', '..'])}${pick(dice, SLASHES)}${pick(dice, DOTS)}` : '';
  const end = dice(4) === 0 ? pick(dice, ['?x=1', '#x', '%3fx', '%23', ';x=y', '/', '/.', '%00', '%20']) : '';
  return `${pick(dice, BEGINNINGS)}${climb}${pick(dice, PLACES)}${beneath}${pick(dice, SLASHES)}secret.txt${end}`;
}
