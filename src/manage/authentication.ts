// Who asks: a bearer token, else a client certificate. A token that is wrong is never made good by a certificate.
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
}

const NO_TOKEN =
  'no token was given: send `Authorization: Bearer TOKEN` with the token in admin.token of the data folder, or one that `weft token create --user` made';
const WRONG = 'the token is not valid here: it is in admin.token of the data folder of this control plane';

function adminAuthenticator(token: string): TokenAuthenticator {
  const isToken = tokenCheck(token);
  return { authenticate: (given) => (isToken(given) ? ADMIN : undefined) };
}

export function openAuthentication({ adminToken, tokens = [], certificate }: AuthenticationOptions): Authentication {
  const ways = [adminAuthenticator(adminToken), ...tokens];
  return {
    async caller(request) {
      if (Object.keys(request.headers).some((name) => name.startsWith('impersonate-'))) throw manageError('forbidden', 'nobody may speak for another here');
      const { authorization } = request.headers;
      const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
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
