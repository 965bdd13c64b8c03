// Who is shut out of the mesh: /weft/v1/bans, ban, unban, evict.
import { z } from 'zod';
import type { BanView } from '../api/index.ts';

export interface BanOutcome {
  readonly who: string;
  readonly proxies: number;
  readonly changed: boolean;
}

/** identity's `Bans` with control's streams behind it; bin/ joins them. */
export interface BanPort {
  list(): readonly BanView[];
  /** Throws `bad-identity` for a name that is nobody's. */
  ban(who: string, reason: string, by: string): Promise<BanOutcome>;
  unban(who: string): Promise<BanOutcome>;
  /** Ends what is there, and lets it join again. */
  evict(who: string, by: string): Promise<BanOutcome>;
}

export const BanSchema = z.strictObject({ who: z.string().min(1).max(600), reason: z.string().max(500).default('') });
