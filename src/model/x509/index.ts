// x509: certificates and keys in PEM, as far as a user's mistake can be told before it reaches a proxy. Pure, and never quotes what
// it reads. It verifies no signature and builds no chain: that is for those who connect.
export { asciiText, fromBase64, textBytes, toBase64 } from './bytes.ts';
export type { Certificate } from './certificate.ts';
export { type PemProblem, readChain, readKeyPair } from './key-pair.ts';
