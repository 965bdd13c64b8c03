// /weft/v1/users/tokens: tokens of named users. Making one for somebody is speaking for them, so it needs the verb impersonate too.
import { z } from 'zod';
import { readBody } from './body.ts';
import { manageError } from './errors.ts';
import { weftAttributes } from './rbac/index.ts';
import { checked, type WeftCall, type WeftRoute } from './routes.ts';
import type { UserTokens, UserTokenView } from './user-tokens.ts';

const MAX_TTL_SECONDS = 366 * 24 * 3600;
const who = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\s\p{Cc}]+$/u, 'must have no spaces');

const UserTokenSchema = z.strictObject({
  user: who,
  groups: z.array(who).max(64).default([]),
  ttlSeconds: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MAX_TTL_SECONDS, 'must be at most a year')
    .default(90 * 24 * 3600),
});

async function create(tokens: UserTokens, { permit, body, contentType }: WeftCall): Promise<object> {
  permit.require(weftAttributes('create', 'usertokens', ''));
  const { ttlSeconds, user, groups } = checked(UserTokenSchema, readBody(body, contentType));
  permit.require({ verb: 'impersonate', group: '', resource: 'users', namespace: '', name: user });
  for (const group of groups) permit.require({ verb: 'impersonate', group: '', resource: 'groups', namespace: '', name: group });
  const { token, view } = await tokens.create({ user, groups, createdBy: permit.caller.user, ttlMs: ttlSeconds * 1000 });
  return { token, ...view };
}

const tokenFacts = ({ id, user, groups }: UserTokenView): { readonly what: string; readonly namespace: string } => ({
  what: `user token ${id} of ${user}${groups.length === 0 ? '' : ` (${groups.join(', ')})`}`,
  namespace: '',
});

export function userRoutes(tokens: UserTokens): readonly WeftRoute[] {
  return [
    {
      method: 'GET',
      path: '/users/tokens',
      permission: { kind: 'weft', verb: 'list', resource: 'usertokens', in: 'everywhere' },
      answer: () => ({ items: tokens.list() }),
    },
    {
      method: 'POST',
      path: '/users/tokens',
      permission: { kind: 'asked', what: 'create usertokens, and impersonate the user and the groups' },
      audit: { verb: 'issue', what: (_call, made) => tokenFacts(made as UserTokenView) },
      answer: (call) => create(tokens, call),
    },
    {
      method: 'DELETE',
      path: '/users/tokens/:name',
      permission: { kind: 'weft', verb: 'delete', resource: 'usertokens', in: 'everywhere' },
      audit: { verb: 'revoke', what: (_call, revoked) => tokenFacts(revoked as UserTokenView) },
      answer: async ({ params }) => {
        const revoked = await tokens.revoke(params['name'] ?? '');
        if (revoked === undefined) throw manageError('not-found', `there is no token ${params['name'] ?? ''}: \`weft token list\` shows them`);
        return revoked;
      },
    },
  ];
}
