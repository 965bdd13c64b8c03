// The file of --attestors, with the files that it names, checked before anything is started.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type AttestorSetting, AttestorsSchema } from '../../../api/index.ts';
import { CommandError, EXIT } from '../../exit.ts';

function read(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CommandError(EXIT.badInput, `${what} ${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Throws CommandError 65 that names every field that is wrong. Files are relative to the file that names them. */
export async function readAttestors(path: string): Promise<readonly AttestorSetting[]> {
  const { parse } = await import('../../text/yaml.ts');
  let value: unknown;
  try {
    value = parse(read(path, '--attestors'));
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(EXIT.badInput, `${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const checked = AttestorsSchema.safeParse(value);
  if (!checked.success)
    throw new CommandError(EXIT.badInput, checked.error.issues.map(({ path: at, message }) => `${path}  ${at.join('.') || 'file'}: ${message}`).join('\n'));
  const beside = (name: string): string => resolve(dirname(path), name);
  return checked.data.attestors.map((declared): AttestorSetting => {
    if (declared.type === 'aws-iid') return { declared, certificates: declared.certificateFiles.map((file) => read(beside(file), 'the certificate')) };
    return { declared, jwks: readJwks(beside(declared.jwksFile)) };
  });
}

function readJwks(path: string): unknown {
  try {
    const value: unknown = JSON.parse(read(path, 'the keys'));
    if (typeof value === 'object' && value !== null && Array.isArray((value as { keys?: unknown }).keys)) return value;
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
  }
  throw new CommandError(EXIT.badInput, `${path} is no JWK set\n  write one: kubectl get --raw /openid/v1/jwks`);
}
