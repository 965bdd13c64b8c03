// SessionPersistence of Gateway API (experimental channel), shared by the kinds of route that have it.
import { z } from 'zod';
import { duration, fields } from './fields.ts';
import type { Report } from './kind.ts';

export const sessionPersistence = fields({
  sessionName: z
    .string()
    .min(1, 'must not be empty')
    .max(128, 'must be at most 128 characters')
    .regex(/^[A-Za-z0-9!#$%&'*+\-.^_|~]+$/, 'must be usable as the name of a cookie or header')
    .optional(),
  absoluteTimeout: duration.optional(),
  idleTimeout: duration.optional(),
  type: z.enum(['Cookie', 'Header']).default('Cookie'),
  cookieConfig: fields({ lifetimeType: z.enum(['Permanent', 'Session']).default('Session') }).optional(),
});
export type SessionSpec = z.output<typeof sessionPersistence>;

/** Which timeouts a session of this type can have. */
export function checkSession(session: SessionSpec | undefined, { path, backends }: { readonly path: string; readonly backends: number }, report: Report): void {
  if (session === undefined) return;
  if (session.type === 'Header' && backends > 1)
    report(
      'WEFT1211',
      `${path}.type`,
      'a session of type Header stays with an endpoint, not with one of several backends: each request draws its backend',
      'use type: Cookie',
    );
  const permanent = session.cookieConfig?.lifetimeType === 'Permanent';
  if (session.type === 'Header' && session.cookieConfig !== undefined)
    report('WEFT1207', `${path}.cookieConfig`, 'cookieConfig does not belong to a session of type Header');
  if (permanent && session.absoluteTimeout === undefined) report('WEFT1201', path, 'a cookie with lifetimeType Permanent needs absoluteTimeout: its lifetime');
  if (!permanent && session.absoluteTimeout !== undefined)
    report(
      'WEFT1211',
      `${path}.absoluteTimeout`,
      'absoluteTimeout is ignored: only a Permanent cookie carries the time of its end',
      'set cookieConfig.lifetimeType: Permanent',
    );
  if (session.idleTimeout !== undefined)
    report('WEFT1211', `${path}.idleTimeout`, 'idleTimeout is ignored: a proxy that keeps no state of sessions cannot know how long one was idle');
}
