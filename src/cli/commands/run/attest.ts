// Joining with what the platform says of this machine, in place of a join token.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { joinCredential } from '../../../api/index.ts';
import { type Invocation, type Options, text } from '../../command.ts';
import { CommandError, EXIT, usageError } from '../../exit.ts';

export interface AttestWish {
  /** As the control plane's file of attestors names it. */
  readonly attestor: string;
  readonly fingerprint: string;
  readonly evidence: () => Promise<string>;
}

const METADATA = 'http://169.254.169.254/latest';

/** Undefined when nobody asked for an attestor. Throws CommandError 64. */
export function attestWish({ io }: Pick<Invocation, 'io'>, options: Options): AttestWish | undefined {
  const attestor = text(options, 'attest');
  if (attestor === undefined) return undefined;
  const fingerprint = (text(options, 'rootFingerprint') ?? '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(fingerprint))
    throw usageError('how is the control plane recognised? --root-fingerprint takes the 64 digits that `weft status -o json` shows there as rootFingerprint');
  const file = text(options, 'evidenceFile');
  if (file === undefined && attestor !== 'aws-iid') throw usageError('what is to be shown? --evidence-file takes the file with the token');
  return { attestor, fingerprint, evidence: async () => (file === undefined ? instanceIdentity() : readEvidence(resolve(io.cwd, file))) };
}

/** The text that joins: with it goes by whom the control plane is recognised. Read anew every time, since platforms renew it. */
export async function credentialOf({ attestor, fingerprint, evidence }: AttestWish): Promise<string> {
  return joinCredential({ attestor, fingerprint, token: await evidence() });
}

function readEvidence(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new CommandError(EXIT.failed, `the evidence ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Document and signature of this EC2 instance (IMDSv2: a session first). */
async function instanceIdentity(): Promise<string> {
  const ask = async (path: string, init: RequestInit): Promise<string> => {
    const answer = await fetch(`${METADATA}/${path}`, { ...init, redirect: 'error', signal: AbortSignal.timeout(3000) }).catch((cause: unknown) => {
      throw new CommandError(EXIT.failed, 'the metadata service of EC2 does not answer here: name a file with --evidence-file', { cause });
    });
    if (!answer.ok) throw new CommandError(EXIT.failed, `the metadata service answers ${answer.status} to ${path}`);
    return answer.text();
  };
  const session = {
    headers: { 'x-aws-ec2-metadata-token': await ask('api/token', { method: 'PUT', headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' } }) },
  };
  const document = await ask('dynamic/instance-identity/document', session);
  const signature = await ask('dynamic/instance-identity/signature', session);
  return `${Buffer.from(document, 'utf8').toString('base64')}.${signature.replace(/\s/g, '')}`;
}
