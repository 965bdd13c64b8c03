// identity: who is who. The mesh's certificate authority (a root made at first start, X.509-SVIDs to the letter of the SPIFFE
// standards, each read again before it leaves) and its tokens (join tokens that work once, proxy tokens that last an hour).
// Three readers of one rule: template says what a certificate should say, sign writes it, recheck reads the result. Private keys
// of workloads are made here and handed on, never kept; the root's and the tokens' keys are files that only their owner can read.
// Which workload may be called what is control's decision; how certificates travel is xds's.
export { type AwsIidOptions, type AwsRule, awsIidAttestor, forgetInstance } from './attest/aws-iid/index.ts';
export { JOIN_TOKEN, joinTokenAttestor } from './attest/join-token/index.ts';
export { type KubernetesTokenOptions, kubernetesTokenAttestor } from './attest/kubernetes-token/index.ts';
export type { Attestor, Refusal } from './attest/port.ts';
export { AttestLimit, type AttestLimits, DEFAULT_ATTEST_LIMITS, sourceOf } from './attest-limit.ts';
export { Authority, type AuthorityOptions, type ServerCertificate } from './authority.ts';
export { type Ban, Bans, banWords, readBanName } from './bans.ts';
export { type CaState, firstState, readState, stateText } from './ca-state.ts';
export { Entrance } from './entrance.ts';
export { IDENTITY_ERRORS } from './errors.ts';
export { Federation, type FederationOptions, type PeerStanding } from './federation.ts';
export { type ClusterKeys, type PodReview, PodTokens, type PodTokensOptions } from './pod-tokens.ts';
export type { JoinGrant, ProxyClaims, Svid } from './port.ts';
export { createPrivateFile, makePrivateDirectory, type PrivateFiles, plainFiles, readPrivateFile, writePrivateFile } from './private-file.ts';
export type { Phase, Standing, Straggler } from './rotation.ts';
export { type RotateRequest, Rotator, type RotatorPorts, reasonWords } from './rotator.ts';
export { type Cipher, cipherOf, isSealed, newDataKey } from './seal/cipher.ts';
export { type Header, readHeader } from './seal/header.ts';
export { defaultKeyFile, makeKeyFile, namedKey, type SealSources } from './seal/key-source.ts';
export { type OpenSeal, openSeal, rekeySeal } from './seal/open.ts';
export { serialMark, serialText } from './serial.ts';
export { DEFAULT_SIGNING_LIMITS, type SigningLimits, SigningQueue } from './signing-queue.ts';
export { type BundleContent, readSpiffeBundle, writeSpiffeBundle } from './spiffe-bundle.ts';
export type { SuppliedText } from './supplied.ts';
export { openTokenKey } from './token-key.ts';
export { type ClaimStore, EPOCH, type JoinRefusal, Tokens, type TokensOptions } from './tokens.ts';
