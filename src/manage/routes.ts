// A route of /weft/v1 as data: what it answers to, what it asks of the caller, and the answer.
import { z } from 'zod';
import type { AuditFacts } from '../store/index.ts';
import { manageError } from './errors.ts';
import type { Permission } from './permission.ts';
import type { Permit } from './permit.ts';
import type { Query } from './request.ts';

export interface WeftCall {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: unknown;
  readonly contentType: string | undefined;
  readonly author: string;
  readonly permit: Permit;
  /** Aborted when nobody waits for the answer any more: the caller is gone, or the API closes. */
  readonly signal: AbortSignal;
}

export interface WeftRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/weft/v1`, steps that are parameters as `:name`. */
  readonly path: string;
  readonly permission: Permission;
  /** Default 1 MiB. */
  readonly bodyLimit?: number;
  /** It changes something: refusals go to the audit log, and with `what` also what was done (writes of documents are there by themselves). */
  readonly audit?: { readonly verb: string; readonly what?: (call: WeftCall, answered: unknown) => Pick<AuditFacts, 'what' | 'namespace'> };
  /** The answer is lines (`AsyncIterable<string>`), sent as they come. */
  readonly stream?: true;
  readonly answer: (call: WeftCall) => unknown;
}

/** Throws `bad-request` naming every field that is wrong. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const causes = result.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
  throw manageError('bad-request', causes.map(({ field, message }) => `${field === '' ? '' : `${field}: `}${message}`).join('; '), { details: { causes } });
}

/** A name of a document or namespace. */
export const name = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be lower-case letters, digits, "-" and "."');

const matches = ({ path }: WeftRoute, steps: readonly string[]): boolean => {
  const own = path.split('/').slice(1);
  return own.length === steps.length && own.every((step, at) => step.startsWith(':') || step === steps[at]);
};

/** The refusal of what is not there: by its method, or at all. */
export function unknownRoute(routes: readonly WeftRoute[], method: string, path: string): Error {
  const steps = path.replace(/^\/weft\/v1\//, '').split('/');
  const others = routes.filter((route) => matches(route, steps)).map((route) => `${route.method} ${route.path}`);
  if (others.length > 0) return manageError('method-not-allowed', `${method} is not possible here: ${others.join(', ')}`);
  const known = [...new Set(routes.map((route) => route.path.split('/')[1] ?? ''))].sort();
  return manageError('not-found', `there is nothing at ${path}: ${known.join(', ')} are`);
}
