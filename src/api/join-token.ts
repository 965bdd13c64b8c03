// What a machine may read of its join token before it has talked to anybody: where it leads. Nothing here is verified; the
// control plane verifies the signature, and the machine verifies the control plane by the fingerprint.
import { err, ok, type Result } from '../base/index.ts';

export const JOIN_AUDIENCE = 'weft-join';
/** Audience of proxy tokens, which Envoy presents on its ADS stream and `weft run` on Renew, Report and Leave. */
export const XDS_AUDIENCE = 'weft-xds';
/** The DNS name in the control plane's certificate: clients check it whatever address they dialled. */
export const CONTROL_PLANE_NAME = 'control-plane.weft';

export interface JoinTokenClaims {
  /** SHA-256 of the root certificate's DER, lower-case hexadecimal. */
  readonly fingerprint: string;
  /** Others that it may show as well: its root is being changed. */
  readonly others: readonly string[];
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Reads a join token without verifying it. The error says in words what is wrong with the text. */
export function readJoinToken(token: string): Result<JoinTokenClaims, string> {
  const parts = token.trim().split('.');
  if (parts.length !== 3) return err('this is no join token: it should be three parts joined by dots, as `weft token create` prints it');
  const payload = decodePayload(parts[1] ?? '');
  if (payload === undefined) return err('the join token is damaged: its middle part cannot be read; copy it again, whole');
  const { aud, root, roots = [], ns, sa, exp } = payload;
  if (aud === XDS_AUDIENCE) return err('this is a proxy token, not a join token: make one with `weft token create --service-account NAMESPACE/NAME`');
  if (
    aud !== JOIN_AUDIENCE ||
    typeof root !== 'string' ||
    ![root, ...(Array.isArray(roots) ? roots : [''])].every(isFingerprint) ||
    typeof ns !== 'string' ||
    typeof sa !== 'string' ||
    typeof exp !== 'number'
  ) {
    return err('this is a token, but not a join token of Weft: make one with `weft token create --service-account NAMESPACE/NAME`');
  }
  return ok({ fingerprint: root, others: roots as readonly string[], namespace: ns, serviceAccount: sa, expiresAt: exp * 1000 });
}

const isFingerprint = (text: unknown): boolean => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** base64url → UTF-8 → JSON object; undefined when any step fails. By hand, since this room has no platform. */
function decodePayload(text: string): Readonly<Record<string, unknown>> | undefined {
  let bits = 0;
  let held = 0;
  let percent = '';
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return undefined;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    percent += `%${((held >> bits) & 0xff).toString(16).padStart(2, '0')}`;
  }
  try {
    const value: unknown = JSON.parse(decodeURIComponent(percent));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** What a machine joins with: a join token, or evidence for an attestor. */
export interface JoinCredential {
  readonly token: string;
  /** Absent: a join token. */
  readonly attestor?: string;
  /** SHA-256 of the root certificate's DER, lower-case hexadecimal. */
  readonly fingerprint: string;
  /** As in JoinTokenClaims. */
  readonly others?: readonly string[];
}

const ATTEST = 'weft-attest';

/** One text for evidence and where it leads. */
export function joinCredential({ attestor = '', fingerprint, token }: JoinCredential): string {
  return [ATTEST, attestor, fingerprint, token].join(':');
}

/** Reads a join token, or what `joinCredential` made, without verifying anything. */
export function readJoinCredential(text: string): Result<JoinCredential, string> {
  if (text.startsWith(`${ATTEST}:`)) {
    const [, attestor = '', fingerprint = '', ...token] = text.split(':');
    return ok({ ...(attestor === '' ? {} : { attestor }), fingerprint, token: token.join(':') });
  }
  const claims = readJoinToken(text);
  if (!claims.ok) return claims;
  const { fingerprint, others } = claims.value;
  return ok({ token: text, fingerprint, ...(others.length === 0 ? {} : { others }) });
}
