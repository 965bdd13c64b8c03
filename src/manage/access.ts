// From where a request may come: not from a web page of another site (DNS rebinding, cross-site requests).
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { manageError } from './errors.ts';

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

const OTHER_SITE = 'requests from a page of another site are not answered';

/**
 * Browsers say where a request comes from: Origin with everything that writes, Sec-Fetch-Site (Fetch Metadata) with all requests. A link to one of our
 * pages may stand anywhere: following it opens a window with a file that says nothing of anybody.
 */
function checkOrigin(headers: IncomingHttpHeaders, page: boolean): void {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (page && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document') return;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw manageError('forbidden', OTHER_SITE);
  if (origin === undefined) return;
  if (origin === `http://${host}` || origin === `https://${host}`) return;
  throw manageError('forbidden', OTHER_SITE);
}

/** `hosts`: names, beside addresses and localhost, under which this server may be asked. The check throws `forbidden`; `page`: the route is a page. */
export function openSiteCheck(hosts: readonly string[]): (headers: IncomingHttpHeaders, page: boolean) => void {
  const names = new Set(['localhost', ...hosts.map((host) => host.toLowerCase())]);
  return (headers, page) => {
    checkHost(headers, names);
    checkOrigin(headers, page);
  };
}
