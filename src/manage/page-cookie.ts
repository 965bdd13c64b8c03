// The two halves of a page's session, on requests and answers.
import { TLSSocket } from 'node:tls';
import type { FastifyRequest } from 'fastify';

/** Only scripts of our own pages can send it: for a page of another site the browser would ask first, and is refused. */
const KEY_HEADER = 'x-weft-page';

const LEAST = 20;

export interface PageCredential {
  readonly cookie: string;
  readonly key: string;
}

/** Browsers keep cookies by host, without the port: several control planes on one machine must not take each other's. */
const nameOf = ({ socket }: FastifyRequest): string => `weft-page-${socket.localPort ?? 0}`;

/** Undefined when the request brings no half of a session. */
export function pageCredential(request: FastifyRequest): PageCredential | undefined {
  const key = request.headers[KEY_HEADER];
  if (typeof key !== 'string' || key.length < LEAST) return undefined;
  const start = `${nameOf(request)}=`;
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return { cookie: pairs.find((pair) => pair.startsWith(start))?.slice(start.length) ?? '', key };
}

/** The cookie (RFC 6265 §4.1): no script reads it, no other site's page makes it be sent. Without `value` it is taken away. */
export function setCookie(request: FastifyRequest, value: string | undefined, maxAgeMs = 0): string {
  const secure = request.raw.socket instanceof TLSSocket ? '; Secure' : '';
  return `${nameOf(request)}=${value ?? ''}; Path=/; Max-Age=${Math.floor(maxAgeMs / 1000)}; HttpOnly; SameSite=Strict${secure}`;
}
