import type { CaView, ObjectView, ProxyView, Section } from '../../api/index.ts';
import type { Diagnostic, Origin, Severity } from '../../base/index.ts';
import type { DiagnosticCode, Document } from '../../model/index.ts';

/** What checks look at, gathered at one moment. */
export interface Facts {
  /** Epoch ms. */
  readonly now: number;
  readonly proxies: readonly ProxyView[];
  /** What is wrong among the documents. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where there is no authority (in tests). */
  readonly ca?: CaView;
  /** A document by its place; undefined when it is gone. */
  readonly document: (at: Pick<Origin, 'kind' | 'namespace' | 'name'>) => Document | undefined;
}

/** What a check found; what it leaves out is as its code says. */
export interface Found {
  readonly code: DiagnosticCode;
  readonly object: ObjectView;
  readonly words: string;
  readonly next: string;
  readonly severity?: Severity;
  readonly hint?: string;
  /** Epoch ms; left out: since it was first seen. */
  readonly since?: number;
  readonly at?: Origin;
  /** Tells findings of one code and object apart. */
  readonly which?: string;
}

/** One thing to look at. `look` is pure; a text is why there was nothing to look at. To add one: a file, and a line in list.ts. */
export interface Check {
  readonly id: string;
  readonly section: Section;
  /** What is so when nothing is found. */
  readonly words: string;
  readonly look: (facts: Facts) => readonly Found[] | string;
}
