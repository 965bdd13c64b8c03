import type { Result } from '../../base/index.ts';
import type { JoinGrant } from '../port.ts';

/** Why evidence is not accepted; the message is for the person who started the machine. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** One way in which a machine shows what it is. A folder each; `test/contract/attestors.test.ts` holds what all of them promise. */
export interface Attestor {
  /** What a machine calls it in Join; unique. */
  readonly name: string;
  /** What the evidence allows, without spending it. Reads nothing of it but what was verified. Never rejects for what a machine sent. */
  verify(evidence: string): Promise<Result<JoinGrant, Refusal>>;
  /** The same, and spends it where it is good for one use: of any number of attempts one succeeds. */
  redeem(evidence: string): Promise<Result<JoinGrant, Refusal>>;
}

/** Evidence is short; what is longer is not read. */
export const MAX_EVIDENCE_BYTES = 16 * 1024;
