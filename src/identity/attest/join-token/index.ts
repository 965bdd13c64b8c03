// A join token (../../tokens.ts): made by this control plane, good once, for one service account.
import type { Tokens } from '../../tokens.ts';
import type { Attestor } from '../port.ts';

export const JOIN_TOKEN = 'join-token';

export function joinTokenAttestor(tokens: Pick<Tokens, 'verifyJoin' | 'redeemJoin'>): Attestor {
  return { name: JOIN_TOKEN, verify: (token) => tokens.verifyJoin(token), redeem: (token) => tokens.redeemJoin(token) };
}
