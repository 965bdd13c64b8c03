// What /weft/v1/findings and /weft/v1/changes answer: what is wrong now, and who changed what. A finding names its thing, since when it is so, what
// changed right before (where that can be told), and the command that says more.
import type { Diagnostic, Origin, Severity } from '../base/index.ts';

/** A document, or what is none: `Proxy`, `Mesh`, `ControlPlane`, `User`. */
export interface ObjectView {
  readonly kind: string;
  /** Empty for what belongs to no namespace. */
  readonly namespace: string;
  readonly name: string;
}

export const SECTIONS = ['control plane', 'identity', 'proxies', 'workloads', 'documents', 'traffic', 'telemetry'] as const;
export type Section = (typeof SECTIONS)[number];

export interface FindingView {
  /** The same as long as it is the same finding. */
  readonly id: string;
  /** Stable; `weft docs CODE` tells what it means. */
  readonly code: string;
  readonly severity: Severity;
  readonly section: Section;
  /** Id of the check that found it. */
  readonly check: string;
  /** What is wrong, in plain words, lower-case and without a period. */
  readonly words: string;
  readonly object: ObjectView;
  /** RFC 3339: since it is so, or since this control plane knows of it. */
  readonly since: string;
  /** What to do. */
  readonly hint: string;
  /** A command that says more, or mends it. */
  readonly next: string;
  /** Place in a document. */
  readonly at?: Origin;
  /** The change after which it began: the last one of something that leads there, not more than two minutes before. */
  readonly after?: ChangeView;
  /** Services (`namespace/name`) behind the one that is called where it goes wrong as well, near ones first: this follows from that. Absent: nothing is known. */
  readonly behind?: readonly string[];
}

/** One thing that was looked at, whether or not something was found. */
export interface CheckView {
  readonly id: string;
  readonly section: Section;
  /** What is so when nothing was found: `every proxy runs what it was sent`. */
  readonly words: string;
  readonly found: number;
  /** Why it was not looked at; empty when it was. */
  readonly skipped: string;
}

/** Answer of GET /weft/v1/findings?namespace=: worst first, then by age. With a namespace, of it alone. */
export interface FindingsView {
  readonly items: readonly FindingView[];
  readonly checks: readonly CheckView[];
}

/** A finding that is a diagnostic of a document, as one. */
export function diagnosticOf({ code, severity, words, hint, at }: FindingView): Diagnostic | undefined {
  return at === undefined ? undefined : { code, severity, at, message: words, hint };
}

/** A place in a document that differs. Values are as JSON, cut to a length; absent of Secrets, and when history no longer has them. */
export interface FieldChangeView {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** How the control plane itself is. */
export interface HealthView {
  /** Why the store takes no writes; empty when it does. */
  readonly storeProblem: string;
  readonly directory: string;
  /** Room on the disk of the data folder. */
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** What waits for its turn waits so long, in 99 of 100 cases of the last minute. */
  readonly loopDelayMs: number;
}

/** How a change came to the proxies: one push may take several. It is a trace of the control plane. */
export interface PushView {
  /** Its id (`weft trace ID`); empty for whoever may not read traces of the control plane. */
  readonly trace: string;
  /** RFC 3339: when the first change that it took came. */
  readonly at: string;
  /** From then until the last proxy that is followed had answered, at most 30 s. */
  readonly tookMs: number;
  /** That were sent something, and how many of them were followed: each of those acknowledged it, refused it, or did not answer. */
  readonly proxies: number;
  readonly followed: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unanswered: number;
}

export interface ChangeView {
  /** RFC 3339. */
  readonly at: string;
  /** User and program: `ann (weft)`. */
  readonly who: string;
  readonly what: ObjectView & { readonly group: string };
  readonly verb: 'create' | 'update' | 'delete';
  /** Of the store; 0 for changes older than this was written down. */
  readonly revision: number;
  /** Number in the audit log. */
  readonly seq: number;
  /** `spec.rules[0].timeouts.request: "2s" → "5s"`; `created`. */
  readonly summary: string;
  readonly fields: readonly FieldChangeView[];
  /** Absent where it is not known: not every push is followed, a busy mesh has too many, and they are kept as long as traces are. */
  readonly push?: PushView;
}

/** Answer of GET /weft/v1/changes?since=1h&until=&namespace=&kind=&name=&limit=: newest first. Moments are epoch ms, RFC 3339, or a duration back from now. */
export interface ChangesView {
  readonly items: readonly ChangeView[];
  /** There were more than were looked through; the oldest that was seen is at `since`. */
  readonly more: boolean;
}
