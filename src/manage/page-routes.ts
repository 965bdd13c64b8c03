// /weft/v1/dashboard: links that sign a browser in, and the session that comes of one.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { bearerOf } from './authentication.ts';
import { readBody } from './body.ts';
import { manageError } from './errors.ts';
import type { Flood } from './flood.ts';
import { pageCredential, setCookie } from './page-cookie.ts';
import type { PageSessions } from './page-sessions.ts';
import { checked } from './routes.ts';
import type { Sessions } from './sessions.ts';

const OpenSchema = z.strictObject({ once: z.string().min(20, 'is not one of ours').max(100, 'is not one of ours') });

export interface PageRoutesOptions {
  readonly pages: PageSessions;
  readonly sessions: Sessions;
  readonly flood: Flood;
  /** Writes to the audit log. */
  readonly record: (request: FastifyRequest, what: { readonly verb: string; readonly what: string }) => Promise<void>;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function makeLink({ pages }: PageRoutesOptions, request: FastifyRequest): { readonly path: string; readonly expiresAt: string } {
  const token = bearerOf(request);
  if (token === undefined) throw manageError('forbidden', 'a link is made with a token: `weft dashboard` does it');
  const { once, until } = pages.link(token);
  return { path: `/?once=${once}`, expiresAt: iso(until) };
}

function openSession({ pages, flood }: PageRoutesOptions, request: FastifyRequest): ReturnType<PageSessions['open']> {
  try {
    return pages.open(checked(OpenSchema, readBody(request.body, request.headers['content-type'])).once);
  } catch (error) {
    flood.refused();
    throw error;
  }
}

/** Adds the routes. Who opens a session needs nothing but the link; everything that follows is asked of the token that made it. */
export function pageRoutes(app: FastifyInstance, options: PageRoutesOptions): void {
  const { sessions, pages } = options;
  const signedIn = (why: string) => ({ permission: { kind: 'signed-in', why } }) as const;
  app.post('/weft/v1/dashboard/links', { config: signedIn('whoever opens the link is who made it, and no more') }, async (request, reply) => {
    const link = makeLink(options, request);
    await options.record(request, { verb: 'issue', what: 'a link to the dashboard' });
    return reply.send(link);
  });
  app.post(
    '/weft/v1/dashboard/session',
    { config: { permission: { kind: 'public', why: 'the link is the credential; it works once' } } },
    async (request, reply) => {
      const { cookie, key, lifeMs, until } = openSession(options, request);
      return reply.header('set-cookie', setCookie(request, cookie, lifeMs)).send({ key, expiresAt: iso(until) });
    },
  );
  app.get('/weft/v1/dashboard/session', { config: signedIn('it tells the caller who they are') }, async (request, reply) => {
    const { user, groups, by } = sessions.of(request).caller;
    return reply.send({ user, groups, by });
  });
  app.delete('/weft/v1/dashboard/session', { config: signedIn('it ends the session of the caller') }, async (request, reply) => {
    const credential = pageCredential(request);
    if (credential !== undefined) pages.close(credential.cookie, credential.key);
    return reply.header('set-cookie', setCookie(request, undefined)).send({});
  });
}
