// Keys as documents have them: what Envoy can use, and nothing that is to stay secret. Pure: whether a point is on its curve Envoy says.

const CURVES: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, 'P-521': 66 };
/** Bits of an RSA key below which nobody should trust it (NIST SP 800-131A). */
const LEAST_RSA_BITS = 2048;

type Json = Readonly<Record<string, unknown>>;

/** What is wrong with a JWKS document, in words; undefined when it is right. */
export function jwksProblem(text: string): string | undefined {
  const parsed = parse(text);
  if (parsed === undefined) return 'this is no JSON';
  const { keys } = parsed as { readonly keys?: unknown };
  if (!Array.isArray(keys)) return 'a JWKS document is an object with a list "keys" (RFC 7517, 5)';
  if (keys.length === 0) return 'there is no key in it, so no token would be valid';
  return keys.map((key, at) => keyProblem(key, at)).find((words) => words !== undefined);
}

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

function keyProblem(key: unknown, at: number): string | undefined {
  const where = `key ${at + 1}`;
  if (key === null || typeof key !== 'object') return `${where} is no object`;
  const json = key as Json;
  const { kty } = json;
  if (kty === 'oct') return `${where} is a secret that both sides share (kty oct): whoever can read this document could make tokens`;
  if (typeof json['d'] === 'string') return `${where} is a private key: remove d and what goes with it, and make a new one`;
  if (kty === 'RSA') return rsaProblem(json, where);
  if (kty === 'EC') return curveProblem(json, where);
  if (kty === 'OKP') return json['crv'] === 'Ed25519' && sizeOf(json['x']) === 32 ? undefined : `${where} is no Ed25519 key`;
  return `${where} has the type ${JSON.stringify(kty) ?? 'none'}; RSA, EC and OKP can be used`;
}

function rsaProblem({ n, e }: Json, where: string): string | undefined {
  const bits = (sizeOf(n) ?? 0) * 8;
  if (bits === 0 || (sizeOf(e) ?? 0) === 0) return `${where} lacks n or e`;
  return bits < LEAST_RSA_BITS ? `${where} is an RSA key of ${bits} bits; at least ${LEAST_RSA_BITS} are needed` : undefined;
}

function curveProblem({ crv, x, y }: Json, where: string): string | undefined {
  const size = typeof crv === 'string' ? CURVES[crv] : undefined;
  if (size === undefined) return `${where} is on the curve ${JSON.stringify(crv) ?? 'none'}; ${Object.keys(CURVES).join(', ')} can be used`;
  return sizeOf(x) === size && sizeOf(y) === size ? undefined : `${where} has no point of ${size} bytes on ${String(crv)}`;
}

/** Bytes of a base64url text without padding; undefined when it is none. */
function sizeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+$/.test(value) || value.length % 4 === 1) return undefined;
  return Math.floor((value.length * 3) / 4);
}
