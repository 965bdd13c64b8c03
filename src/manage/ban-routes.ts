// Who is shut out of the mesh: /weft/v1/bans, ban, unban, evict.
import { z } from 'zod';
import type { BanView } from '../api/index.ts';
import { readBody } from './body.ts';
import { manageError } from './errors.ts';
import type { ManagePorts } from './ports.ts';
import { checked, type WeftCall, type WeftRoute } from './routes.ts';

export interface BanOutcome {
  readonly who: string;
  readonly proxies: number;
  readonly changed: boolean;
}

/** identity's `Bans` with control's streams behind it; bin/ joins them. */
export interface BanPort {
  list(): readonly BanView[];
  /** Throws `bad-identity` for a name that is nobody's. */
  ban(who: string, how: { readonly reason: string; readonly by: string; readonly cut: boolean }): Promise<BanOutcome>;
  unban(who: string): Promise<BanOutcome>;
  /** Ends what is there, and lets it join again. */
  evict(who: string, by: string): Promise<BanOutcome>;
}

const BanSchema = z.strictObject({
  who: z.string().min(1).max(600),
  reason: z.string().max(500).default(''),
  keepConnections: z.boolean().default(false),
});

/** Bans reach over namespaces, so they are for those who may do so everywhere. */
function route(
  verb: 'ban' | 'unban' | 'evict',
  permission: string,
  act: (call: WeftCall, asked: z.output<typeof BanSchema>) => Promise<BanOutcome>,
): WeftRoute {
  return {
    method: 'POST',
    path: `/${verb}`,
    permission: { kind: 'weft', verb: permission, resource: 'bans', in: 'everywhere' },
    audit: { verb, what: (_call, done) => ({ what: (done as BanOutcome).who, namespace: '' }) },
    answer: (call) => act(call, checked(BanSchema, readBody(call.body, call.contentType))),
  };
}

export function banRoutes(ports: Pick<ManagePorts, 'bans'>): readonly WeftRoute[] {
  const bans = (): BanPort => {
    if (ports.bans === undefined) throw manageError('not-found', 'nobody can be banned here');
    return ports.bans;
  };
  return [
    {
      method: 'GET',
      path: '/bans',
      permission: { kind: 'weft', verb: 'list', resource: 'bans', in: 'everywhere' },
      answer: () => ({ items: bans().list() }),
    },
    route('ban', 'create', ({ author }, { who, reason, keepConnections }) => bans().ban(who, { reason, by: author, cut: !keepConnections })),
    route('unban', 'delete', (_call, { who }) => bans().unban(who)),
    route('evict', 'create', ({ author }, { who }) => bans().evict(who, author)),
  ];
}
