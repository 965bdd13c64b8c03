// Ways to write the Host of a request, and what an application may take it for.

const HOST = 'secret.example';

/** Header lines (and the target, where it carries a host) that mean `secret.example` to somebody. */
export interface HostSpelling {
  readonly target?: string;
  readonly lines: readonly string[];
}

const named = (value: string): HostSpelling => ({ lines: [`host: ${value}`] });

const CASES = ['secret.example', 'Secret.example', 'SECRET.EXAMPLE', 'sEcReT.eXaMpLe', 'secret.Example', 'SECRET.example'];
const PORTS = ['', ':', ':80', ':8080', ':443', ':0', ':00080', ':65535', ':65536', ':99999', ':-1', ':+80', ':8 0', ':http', ':80:80'];
const DOTS = ['', '.', '..', '...'];
const AROUND = [
  ' secret.example',
  'secret.example ',
  '\tsecret.example',
  'secret.example\t',
  'user@secret.example',
  'user:word@secret.example',
  'secret.example@other.example',
  'secret%2eexample',
  '%73ecret.example',
  'secret。example',
  'secret\u00adexample',
  'secret.example,other.example',
  'other.example,secret.example',
  'other.example secret.example',
  'secret.example/',
  'secret.example/x',
  'secret.example?x',
  'secret.example#x',
  '//secret.example',
  'http://secret.example',
  '[secret.example]',
  'secret.example\\',
  'secret.example;x',
  'secret..example',
  '.secret.example',
  'secret.example%00',
  'secret.example%20',
];

/** More than 60. */
export const HOST_SPELLINGS: readonly HostSpelling[] = [
  ...CASES.flatMap((name) => [named(name), named(`${name}.`), named(`${name}:8080`), named(`${name}.:8080`)]),
  ...PORTS.flatMap((port) => [named(`${HOST}${port}`), named(`${HOST}.${port}`)]),
  ...DOTS.map((dots) => named(`${HOST}${dots}`)),
  ...AROUND.map(named),
  { lines: ['host: other.example', `host: ${HOST}`] },
  { lines: [`host: ${HOST}`, 'host: other.example'] },
  { lines: [`host: ${HOST}`, `host: ${HOST}`] },
  { lines: [`Host: ${HOST}`, 'HOST: other.example'] },
  { lines: ['host: other.example', ` ${HOST}`] },
  { lines: [`host : ${HOST}`] },
  { lines: [] },
  { target: `http://${HOST}/`, lines: ['host: other.example'] },
  { target: `HTTP://${HOST.toUpperCase()}/`, lines: ['host: other.example'] },
  { target: `http://${HOST}:8080/`, lines: ['host: other.example'] },
  { target: `http://${HOST}./`, lines: ['host: other.example'] },
  { target: `http://user@${HOST}/`, lines: ['host: other.example'] },
  { target: 'http://other.example/', lines: [`host: ${HOST}`] },
  { target: `https://${HOST}/`, lines: ['host: other.example'] },
  { target: `//${HOST}/`, lines: ['host: other.example'] },
];

/** Whether an application that reads hosts generously takes one for the secret one. */
export function meansSecret(host: string): boolean {
  const bare = host
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/^.*@/, '')
    .replace(/[/?#\\;].*$/, '')
    .replace(/:.*$/, '')
    .replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\.+$/, '')
    .trim();
  return bare === HOST;
}
