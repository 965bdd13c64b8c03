import type { FindingView } from '../../../api/index.ts';
import type { Severity } from '../../../base/index.ts';
import { diagnosticKind } from '../../../model/index.ts';

/** A finding as it is printed: what the control plane found, or the command itself. */
export type Finding = Pick<FindingView, 'code' | 'severity' | 'words' | 'hint' | 'next'> &
  Partial<Pick<FindingView, 'object' | 'since' | 'at' | 'after' | 'behind'>>;

/** One thing that was looked at. */
export interface Line {
  readonly id: string;
  /** What is so when nothing was found. */
  readonly words: string;
  /** Why it was not looked at; empty when it was. */
  readonly skipped: string;
  readonly findings: readonly Finding[];
}

export interface Section {
  readonly name: string;
  readonly lines: readonly Line[];
}

/** A finding of a declared code; hint and severity are those of the code unless given. */
export function finding(code: string, words: string, more: Partial<Finding> & { readonly next: string }): Finding {
  const kind = diagnosticKind(code);
  return { code, severity: kind?.severity ?? 'warning', hint: kind?.hint ?? '', words, ...more };
}

const ORDER: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

/** The worst of what was found; undefined when nothing was. */
export function worst(findings: readonly Finding[]): Severity | undefined {
  return findings.map(({ severity }) => severity).sort((a, b) => ORDER[a] - ORDER[b])[0];
}

export const found = (sections: readonly Section[]): readonly Finding[] => sections.flatMap(({ lines }) => lines.flatMap(({ findings }) => findings));
