/** The document and the place in it that caused something. `path` is JSON-ish: `spec.rules[0].matches[1]`, '' for the whole. */
export interface Origin {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export type Severity = 'error' | 'warning' | 'info';

/**
 * A user's mistake, or something a user should know, as a value. `code` is stable (`WEFT1203`) and declared once in
 * model/diagnostics.ts with its documentation; `hint` says what to do next.
 */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly at: Origin;
  readonly message: string;
  readonly hint: string;
  /** The document and place that holds instead, where one does. */
  readonly by?: Origin;
}

/** `file:line:column` when known, else `Kind namespace/name path`: how a place is printed everywhere. */
export function describeOrigin(origin: Origin): string {
  const what = `${origin.kind} ${origin.namespace === '' ? '' : `${origin.namespace}/`}${origin.name}`;
  const where =
    origin.file === undefined
      ? ''
      : `${origin.file}${origin.line === undefined ? '' : `:${origin.line}`}${origin.column === undefined ? '' : `:${origin.column}`}  `;
  return `${where}${what}${origin.path === '' ? '' : `  ${origin.path}`}`;
}
