import type {
  BrokenPropagationView,
  CaView,
  ChangeView,
  CollectorView,
  HealthView,
  ObjectiveView,
  ObjectView,
  PeerView,
  ProxyView,
  Section,
} from '../../api/index.ts';
import type { Diagnostic, Origin, Severity } from '../../base/index.ts';
import type { DiagnosticCode, Document, Mesh } from '../../model/index.ts';
import type { UserTokenView } from '../user-tokens.ts';
import type { Refusal } from './refusals.ts';
import type { Trouble } from './trouble.ts';

/** What checks look at, gathered at one moment. */
export interface Facts {
  /** Epoch ms. */
  readonly now: number;
  readonly proxies: readonly ProxyView[];
  /** Replicas of the control plane that did not answer; absent where there is one alone. */
  readonly silent?: readonly string[];
  /** What is wrong among the documents. */
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where there is no authority (in tests). */
  readonly ca?: CaView;
  /** Documents in force; absent where there is no control plane (in tests). */
  readonly mesh?: Mesh;
  readonly health?: HealthView;
  /** Of the control plane; absent in tests. */
  readonly version?: string;
  /** What the kube cluster is not heard of; absent without one. */
  readonly unheard?: readonly { readonly type: string; readonly words: string }[];
  readonly userTokens: readonly UserTokenView[];
  /** Attempts to join that were refused for what they showed; `last` is epoch ms. */
  readonly refusedJoins: readonly { readonly reason: string; readonly count: number; readonly last: number }[];
  /** By how much clocks of machines are ahead of ours. */
  readonly clocks: readonly { readonly namespace: string; readonly name: string; readonly offsetMs: number }[];
  /** Of the last hour; absent where no records are kept. */
  readonly peers?: readonly PeerView[];
  /** Calls that fail or have become slow; absent where no metrics are kept. */
  readonly troubles?: readonly Trouble[];
  /** Callers that policies turned away of late; absent where no records are kept. */
  readonly refusals?: readonly Refusal[];
  /** What is wanted of services; absent where no metrics are kept. */
  readonly objectives?: readonly ObjectiveView[];
  /** What was lost of what proxies told, since the start. */
  readonly kept: readonly { readonly what: string; readonly lost: object }[];
  /** Whom it is sent to beside. */
  readonly collectors?: readonly CollectorView[];
  /** Of the last hour; absent where no traces are kept. */
  readonly broken?: readonly BrokenPropagationView[];
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
  /** What was changed right before. */
  readonly after?: ChangeView;
  /** Services further on where it goes wrong as well: this follows from that. */
  readonly behind?: readonly string[];
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
