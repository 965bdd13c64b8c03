// AWS instance identity document: what EC2 says of an instance, signed by the region's key. Base64 of the document, a dot, base64 of its RSA
// signature (http://169.254.169.254/latest/dynamic/instance-identity/{document,signature}). The bytes that are read are the bytes that were verified.
import { verify as verifySignature, X509Certificate } from 'node:crypto';
import { type Clock, err, ok, type Result } from '../../../base/index.ts';
import { identityError } from '../../errors.ts';
import type { JoinGrant } from '../../port.ts';
import type { ClaimStore } from '../../tokens.ts';
import { type Attestor, MAX_EVIDENCE_BYTES, type Refusal } from '../port.ts';

/** An instance that fits all of what is named may be this service account. */
export interface AwsRule {
  readonly accountId: string;
  readonly region?: string | undefined;
  readonly imageId?: string | undefined;
  readonly instanceType?: string | undefined;
  readonly availabilityZone?: string | undefined;
  readonly instanceId?: string | undefined;
  readonly namespace: string;
  readonly serviceAccount: string;
}

export interface AwsIidOptions {
  readonly name: string;
  readonly clock: Clock;
  /** AWS's public certificates for the regions, PEM. Their dates are not asked: AWS publishes certificates for their keys alone. */
  readonly certificates: readonly string[];
  readonly rules: readonly AwsRule[];
  /** Remembers which instances have joined. */
  readonly store: ClaimStore;
}

const INSTANCES = 'aws-instances';
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;
const TESTED = ['accountId', 'region', 'imageId', 'instanceType', 'availabilityZone', 'instanceId'] as const;
const JOIN_MS = 10 * 60 * 1000;

interface Read {
  readonly grant: JoinGrant;
  readonly instance: string;
}

const refuse = (code: string, message: string): Result<never, Refusal> => err({ code, message });

/**
 * The document does not change and any process of the instance can read it, so it is good for one join (trust on first use); an operator lets the
 * instance in again with `weft evict`. Throws `bad-grant` for a certificate that is none.
 */
export function awsIidAttestor(options: AwsIidOptions): Attestor {
  const keys = options.certificates.map((pem) => {
    try {
      return new X509Certificate(pem).publicKey;
    } catch (cause) {
      throw identityError('bad-grant', `attestor ${options.name}: a certificate cannot be read: give AWS's public certificates as PEM`, { cause });
    }
  });
  const read = (evidence: string): Result<Read, Refusal> => {
    const bytes = verified(evidence, (document, signature) =>
      keys.some((key) => key.asymmetricKeyType === 'rsa' && verifySignature('sha256', document, key, signature)),
    );
    return bytes.ok ? grantOf(bytes.value, options) : bytes;
  };
  return {
    name: options.name,
    verify: async (evidence) => {
      const found = read(evidence);
      if (!found.ok) return found;
      return options.store.listValues(INSTANCES).has(found.value.instance) ? usedBefore(found.value) : ok(found.value.grant);
    },
    redeem: async (evidence) => {
      const found = read(evidence);
      if (!found.ok) return found;
      const first = await options.store.claimValue(INSTANCES, found.value.instance, String(options.clock.now()));
      return first ? ok(found.value.grant) : usedBefore(found.value);
    },
  };
}

/** Lets an instance join again. True when it had joined. */
export async function forgetInstance(store: ClaimStore, instance: string): Promise<boolean> {
  const known = store.listValues(INSTANCES).has(instance);
  if (known) await store.putValue(INSTANCES, instance, undefined);
  return known;
}

const usedBefore = ({ instance }: Read): Result<never, Refusal> =>
  refuse('used', `the instance ${instance} has joined before, and its document is good once: weft evict instance/${instance} lets it join again`);

function verified(evidence: string, good: (document: Buffer, signature: Buffer) => boolean): Result<Buffer, Refusal> {
  const [documentText = '', signatureText = '', ...more] = evidence.length > MAX_EVIDENCE_BYTES ? [] : evidence.trim().split('.');
  if (more.length > 0 || !BASE64.test(documentText) || !BASE64.test(signatureText))
    return refuse('malformed', 'this is no instance identity document with its signature: base64 of both, joined by a dot');
  const document = Buffer.from(documentText, 'base64');
  if (good(document, Buffer.from(signatureText, 'base64'))) return ok(document);
  return refuse(
    'foreign',
    'the instance identity document is not signed by AWS with a key that this control plane was given (the certificate is that of the region)',
  );
}

function grantOf(bytes: Buffer, { rules, clock }: AwsIidOptions): Result<Read, Refusal> {
  let document: Readonly<Record<string, unknown>>;
  try {
    document = JSON.parse(bytes.toString('utf8')) as Readonly<Record<string, unknown>>;
  } catch {
    return refuse('malformed', 'the signed document is no JSON');
  }
  const { accountId, instanceId } = document;
  if (typeof accountId !== 'string' || typeof instanceId !== 'string' || !/^\d{12}$/.test(accountId) || !/^i-[0-9a-f]{8,32}$/.test(instanceId))
    return refuse('malformed', 'the signed document names no account and instance');
  const rule = rules.find((each) => TESTED.every((field) => each[field] === undefined || each[field] === document[field]));
  if (rule === undefined) return refuse('not-allowed', `no rule lets the instance ${instanceId} of account ${accountId} join`);
  const { namespace, serviceAccount } = rule;
  return ok({ instance: `${accountId}/${instanceId}`, grant: { namespace, serviceAccount, labels: {}, expiresAt: clock.now() + JOIN_MS } });
}
