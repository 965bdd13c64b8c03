// A projected service account token of Kubernetes: a JWT that its API server signed for an audience of ours (TokenRequest API).
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import { type Clock, err, ok, type Result } from '../../../base/index.ts';
import type { JoinGrant } from '../../port.ts';
import { type Attestor, MAX_EVIDENCE_BYTES, type Refusal } from '../port.ts';

export interface KubernetesTokenOptions {
  readonly name: string;
  readonly clock: Clock;
  /** As in the token's `iss`, letter for letter. */
  readonly issuer: string;
  /** One that only this mesh asks for: a token for the API server is not taken. */
  readonly audience: string;
  /** The cluster's keys (`kubectl get --raw /openid/v1/jwks`). */
  readonly jwks: JSONWebKeySet;
  /** Namespaces of the cluster whose accounts may join; they are the mesh's namespaces, too. */
  readonly namespaces: readonly string[];
  /** Asked after the signature was found good: does the cluster still know the token (TokenReview)? Absent: it is good until it expires. */
  readonly review?: (token: string) => Promise<boolean>;
}

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'EdDSA'];
/** TokenRequest gives an hour; the old tokens that never end are not taken. */
const LONGEST_SECONDS = 24 * 3600 + 60;
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

const refuse = (code: string, message: string): Result<never, Refusal> => err({ code, message });

export function kubernetesTokenAttestor(options: KubernetesTokenOptions): Attestor {
  const keys = createLocalJWKSet(options.jwks);
  const verify = async (evidence: string): Promise<Result<JoinGrant, Refusal>> => {
    if (evidence.length > MAX_EVIDENCE_BYTES) return refuse('malformed', 'the service account token is too long to be one');
    try {
      const { payload } = await jwtVerify(evidence.trim(), keys, {
        algorithms: ALGORITHMS,
        issuer: options.issuer,
        audience: options.audience,
        requiredClaims: ['exp', 'iat', 'aud', 'iss', 'sub'],
        currentDate: new Date(options.clock.now()),
      });
      const read = grantOf(payload, options);
      if (!read.ok || options.review === undefined || (await options.review(evidence.trim()))) return read;
      return refuse('revoked', 'the cluster does not know this service account token any more: its pod or account was deleted');
    } catch (error) {
      return err(refusalOf(error, options));
    }
  };
  // The cluster gives every pod its own and renews it: it may be shown again while it is good.
  return { name: options.name, verify, redeem: verify };
}

/** Who the verified claims speak for. `sub` and the Kubernetes part must say the same. */
function grantOf(payload: JWTPayload, { namespaces }: KubernetesTokenOptions): Result<JoinGrant, Refusal> {
  const own = (payload['kubernetes.io'] ?? {}) as { readonly namespace?: unknown; readonly serviceaccount?: { readonly name?: unknown } | null };
  const [namespace, account] = [own.namespace, own.serviceaccount?.name];
  if (typeof namespace !== 'string' || typeof account !== 'string' || !NAME.test(namespace) || namespace.includes('.') || !NAME.test(account))
    return refuse('malformed', 'the token is not of a service account: project one with an audience and an expiry (serviceAccountToken volume)');
  if (payload.sub !== `system:serviceaccount:${namespace}:${account}`) return refuse('malformed', 'the token’s subject is not the service account it names');
  const { exp = 0, iat = 0 } = payload;
  if (exp - iat > LONGEST_SECONDS) return refuse('malformed', 'the token is good for more than a day: only short-lived, projected tokens are taken');
  if (!namespaces.includes(namespace))
    return refuse('not-allowed', `service accounts of namespace ${namespace} may not join here; ${namespaces.join(', ')} may`);
  return ok({ namespace, serviceAccount: account, labels: {}, expiresAt: exp * 1000 });
}

function refusalOf(error: unknown, { issuer, audience }: KubernetesTokenOptions): Refusal {
  if (error instanceof errors.JWTExpired)
    return { code: 'expired', message: 'the service account token has expired: the kubelet writes a new one in time, so read the file anew' };
  if (error instanceof errors.JWTClaimValidationFailed)
    return { code: 'malformed', message: `the service account token's "${error.claim}" is not what this mesh wants (issuer ${issuer}, audience ${audience})` };
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey)
    return { code: 'foreign', message: `the service account token is not signed by ${issuer} with a key that this control plane was given` };
  return { code: 'malformed', message: 'this is no service account token' };
}
