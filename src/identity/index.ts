// identity: who is who. The mesh's certificate authority (a root made at first start, X.509-SVIDs to the letter of the SPIFFE
// standards, each read again before it leaves) and its tokens (join tokens that work once, proxy tokens that last an hour).
// Three readers of one rule: template says what a certificate should say, sign writes it, recheck reads the result. Private keys
// of workloads are made here and handed on, never kept; the root's and the tokens' keys are files that only their owner can read.
// Which workload may be called what is control's decision; how certificates travel is xds's.
export { Authority, type AuthorityOptions, type ServerCertificate } from './authority.ts';
export { IDENTITY_ERRORS } from './errors.ts';
export type { JoinGrant, ProxyClaims, Svid } from './port.ts';
export { createPrivateFile, makePrivateDirectory, readPrivateFile, writePrivateFile } from './private-file.ts';
export { type ClaimStore, type JoinRefusal, Tokens, type TokensOptions } from './tokens.ts';
