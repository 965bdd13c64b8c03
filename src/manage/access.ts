// Who may ask: a bearer token for everything, and no web page of another site (DNS rebinding, cross-site requests).
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { tokenCheck } from './admin-token.ts';
import { manageError } from './errors.ts';

export interface Access {
  /** Throws `forbidden` or `unauthorized`. */
  check(headers: IncomingHttpHeaders): void;
  /** Host and Origin alone: for what needs no token. */
  checkSite(headers: IncomingHttpHeaders): void;
}

function hostName(host: string): string {
  const bracket = /^\[([^\]]+)\](?::\d+)?$/.exec(host);
  if (bracket !== null) return bracket[1] ?? '';
  return host.replace(/:\d+$/, '').toLowerCase();
}

/**
 * A page of another site can make a browser send requests here under its own name (DNS rebinding), never under an address.
 * So addresses and `localhost` pass, other names only when the operator named them.
 */
function checkHost(headers: IncomingHttpHeaders, names: ReadonlySet<string>): void {
  const host = headers.host ?? '';
  const name = hostName(host);
  if (isIP(name) !== 0 || names.has(name)) return;
  throw manageError('forbidden', `requests for host "${name}" are not answered here: use an address or localhost, or allow the name`);
}

function checkOrigin(headers: IncomingHttpHeaders): void {
  const { origin, host } = headers;
  if (origin === undefined) return;
  if (origin === `http://${host}` || origin === `https://${host}`) return;
  throw manageError('forbidden', 'requests from a page of another site are not answered');
}

function checkBearer(headers: IncomingHttpHeaders, isToken: (given: string) => boolean): void {
  const given = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given === undefined)
    throw manageError('unauthorized', 'no token was given: send `Authorization: Bearer TOKEN` with the token in admin.token of the data folder');
  if (!isToken(given)) throw manageError('unauthorized', 'the token is not valid here: it is in admin.token of the data folder of this control plane');
}

/** `hosts`: names, beside addresses and localhost, under which this server may be asked. */
export function openAccess(token: string, hosts: readonly string[]): Access {
  const isToken = tokenCheck(token);
  const names = new Set(['localhost', ...hosts.map((host) => host.toLowerCase())]);
  const checkSite = (headers: IncomingHttpHeaders): void => {
    checkHost(headers, names);
    checkOrigin(headers);
  };
  return {
    checkSite,
    check: (headers) => {
      checkSite(headers);
      checkBearer(headers, isToken);
    },
  };
}
