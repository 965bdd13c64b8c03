// Who asks: a bearer token, else a page's session, else a client certificate. What is wrong is never made good by what comes after it.
import type { FastifyRequest } from 'fastify';
import { tokenCheck } from './admin-token.ts';
import { ADMIN, type Caller } from './caller.ts';
import { manageError } from './errors.ts';

/** One way to prove who asks; undefined when the token is not one of its own. Throws `unauthorized` when it is, and is no good. */
export interface TokenAuthenticator {
  authenticate(token: string): Caller | undefined | Promise<Caller | undefined>;
}

export interface Authentication {
  /** Throws `unauthorized`. */
  caller(request: FastifyRequest): Promise<Caller>;
}

export interface AuthenticationOptions {
  readonly adminToken: string;
  readonly tokens?: readonly TokenAuthenticator[];
  /** Whom the client certificate of a connection names, when it has one that was verified. */
  readonly certificate?: (request: FastifyRequest) => Caller | undefined;
  /** The token behind the session of a page; undefined when the request brings none. Throws `unauthorized`. */
  readonly page?: (request: FastifyRequest) => string | undefined;
}

const NO_TOKEN =
  'no token was given: send `Authorization: Bearer TOKEN` with the token in admin.token of the data folder, or one that `weft token create --user` made';
const WRONG = 'the token is not valid here: it is in admin.token of the data folder of this control plane';

function adminAuthenticator(token: string): TokenAuthenticator {
  const isToken = tokenCheck(token);
  return { authenticate: (given) => (isToken(given) ? ADMIN : undefined) };
}

/** The bearer token of a request, as it was sent. */
export function bearerOf({ headers }: FastifyRequest): string | undefined {
  return /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

export function openAuthentication({ adminToken, tokens = [], certificate, page }: AuthenticationOptions): Authentication {
  const ways = [adminAuthenticator(adminToken), ...tokens];
  return {
    async caller(request) {
      if (Object.keys(request.headers).some((name) => name.startsWith('impersonate-'))) throw manageError('forbidden', 'nobody may speak for another here');
      const { authorization } = request.headers;
      const given = authorization === undefined ? page?.(request) : bearerOf(request);
      if (given === undefined) {
        const caller = authorization === undefined ? certificate?.(request) : undefined;
        if (caller === undefined) throw manageError('unauthorized', NO_TOKEN);
        return caller;
      }
      for (const way of ways) {
        const caller = await way.authenticate(given);
        if (caller !== undefined) return caller;
      }
      throw manageError('unauthorized', WRONG);
    },
  };
}
