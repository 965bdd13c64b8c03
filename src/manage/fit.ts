// A body as the path wants it.
import { randomBytes } from 'node:crypto';
import { type Fields, isFields } from './body.ts';
import { manageError } from './errors.ts';
import type { ResourceRequest } from './request.ts';

/** 400 with these words. */
export const bad = (message: string): Error => manageError('bad-request', message);

/** A value of the user's in a message: `String` would call what they sent. */
export const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** A body with kind, namespace and name as the path has them; contradictions are refused. */
export function fitted(fields: Fields, { kind, namespace, name }: ResourceRequest): Fields {
  const { apiVersion = kind.apiVersion, kind: kindName = kind.kind } = fields;
  if (apiVersion !== kind.apiVersion || kindName !== kind.kind)
    throw bad(`the body is a ${shown(kindName)} of ${shown(apiVersion)}, but this path is for ${kind.kind} of ${kind.apiVersion}`);
  const metadata = isFields(fields['metadata']) ? fields['metadata'] : {};
  const ownNamespace = metadata['namespace'] ?? '';
  if (kind.namespaced && namespace !== '' && ownNamespace !== '' && ownNamespace !== namespace)
    throw bad(`the namespace of the provided object does not match the namespace sent on the request (${JSON.stringify(ownNamespace)}, ${namespace})`);
  if (name !== undefined && metadata['name'] !== undefined && metadata['name'] !== name)
    throw bad(`the name of the object (${JSON.stringify(metadata['name'])}) does not match the name on the URL (${name})`);
  const placed = kind.namespaced ? (namespace === '' ? {} : { namespace }) : { namespace: undefined };
  return { ...fields, apiVersion, kind: kindName, metadata: { ...metadata, ...placed, ...(name === undefined ? {} : { name }) } };
}

/** `generateName` plus five characters that spell nothing. */
export function named(fields: Fields): Fields {
  const metadata = isFields(fields['metadata']) ? fields['metadata'] : {};
  const prefix = metadata['generateName'];
  if (metadata['name'] !== undefined || typeof prefix !== 'string') return fields;
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  const suffix = [...randomBytes(5)].map((byte) => letters[byte % letters.length]).join('');
  return { ...fields, metadata: { ...metadata, name: `${prefix.slice(0, 58)}${suffix}` } };
}
