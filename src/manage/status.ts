// Kubernetes Status objects: every refusal in a form that kubectl prints well.
import type { StatusView } from '../api/index.ts';
import { type Diagnostic, describeOrigin, WeftError } from '../base/index.ts';
import type { KindDefinition } from '../model/index.ts';
import type { WriteFailure } from '../store/index.ts';
import { MANAGE_ERRORS, type ManageErrorCode, manageError } from './errors.ts';

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'Timeout',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  414: 'RequestURITooLong',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** `services`, `httproutes.gateway.networking.k8s.io`: how Kubernetes names a resource in its messages. */
export function resourceName(kind: Pick<KindDefinition, 'plural' | 'group'>): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

export function notFound(kind: KindDefinition, name: string): WeftError {
  return manageError('not-found', `${resourceName(kind)} "${name}" not found`, { details: { name, group: kind.group, kind: kind.plural } });
}

/** What the store would not do, for a client of the API. */
export function writeRefused(kind: KindDefinition, name: string, failure: WriteFailure): WeftError {
  const details = { name, group: kind.group, kind: kind.plural };
  if (failure.kind === 'missing') return notFound(kind, name);
  if (failure.kind === 'exists') return manageError('already-exists', `${resourceName(kind)} "${name}" already exists`, { details });
  const message = `Operation cannot be fulfilled on ${resourceName(kind)} "${name}": the object has been modified (it is at resourceVersion ${failure.current}); please apply your changes to the latest version and try again`;
  return manageError('conflict', message, { details });
}

function sentence({ code, message, hint }: Diagnostic): string {
  return `${code} ${message}${hint === '' ? '' : `; ${hint}`}`;
}

/** 422 with one cause for each error: kubectl prints them as a list. */
export function invalid(kind: { readonly kind: string; readonly group: string }, name: string, diagnostics: readonly Diagnostic[]): WeftError {
  const errors = diagnostics.filter((each) => each.severity === 'error');
  const causes = errors.map((each) => ({ reason: each.code, field: each.at.path, message: sentence(each) }));
  const what = `${kind.kind}${kind.group === '' ? '' : `.${kind.group}`} "${name}"`;
  const why = errors.map((each) => `${each.at.path === '' ? '' : `${each.at.path}: `}${sentence(each)}`).join(', ');
  return manageError('invalid', `${what} is invalid: ${why}`, { details: { name, group: kind.group, kind: kind.kind, causes } });
}

/** Diagnostics that refuse nothing, as `Warning` headers (RFC 7234 §5.5); kubectl prints them. Only printable ASCII may stand there. */
export function warningHeaders(diagnostics: readonly Diagnostic[]): readonly string[] {
  return diagnostics
    .filter((each) => each.severity === 'warning')
    .map((each) => `${describeOrigin(each.at)}: ${sentence(each)}`.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&'))
    .map((text) => `299 - "${text}"`);
}

function httpCode(error: unknown): number {
  if (error instanceof WeftError) return error.class.http;
  const code = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  return typeof code === 'number' && code >= 400 && code < 500 ? code : 500;
}

function reasonOf(error: unknown, code: number): string {
  if (error instanceof WeftError && Object.hasOwn(MANAGE_ERRORS, error.code)) return MANAGE_ERRORS[error.code as ManageErrorCode].reason;
  return REASONS[code] ?? 'InternalError';
}

/** The Status object of anything that was thrown. What is neither ours nor the framework's refusal is a bug and says nothing of itself. */
export function statusOf(error: unknown): StatusView & { readonly metadata: object } {
  const code = httpCode(error);
  const known = error instanceof WeftError || code < 500;
  return {
    apiVersion: 'v1',
    kind: 'Status',
    metadata: {},
    status: 'Failure',
    code,
    reason: reasonOf(error, code),
    message: known && error instanceof Error ? error.message : 'internal error',
    ...(error instanceof WeftError && Object.keys(error.details).length > 0 ? { details: error.details } : {}),
  };
}
