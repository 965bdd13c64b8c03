import type { Diagnostic } from '../base/index.ts';

/** What a request is answered with: JSON text, and warnings for its headers. */
export interface Answer {
  readonly code: number;
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
  /** Default `application/json`. */
  readonly contentType?: string;
}

export function answer(code: number, text: string, diagnostics: readonly Diagnostic[] = []): Answer {
  return { code, text, diagnostics };
}

export function jsonAnswer(code: number, value: unknown): Answer {
  return answer(code, JSON.stringify(value));
}
