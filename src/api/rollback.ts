// What /weft/v1/versions and /weft/v1/rollback say: what documents were before, and the way back.
import type { Diagnostic } from '../base/index.ts';
import type { FieldChangeView, ObjectView } from './findings.ts';

export interface VersionView {
  /** It held from this revision on. */
  readonly revision: number;
  /** RFC 3339; empty when it was not noted. */
  readonly at: string;
  readonly who: string;
  readonly deleted: boolean;
  /** From the version before to this one; values are left out of Secrets. */
  readonly fields: readonly FieldChangeView[];
}

/** Answer of GET /weft/v1/versions?kind=&group=&namespace=&name=: newest first, the first is what holds. */
export interface VersionsView {
  readonly items: readonly VersionView[];
}

/** Body of POST /weft/v1/rollback: one document, or everything that the apply of `change` wrote. */
export interface RollbackRequest {
  readonly group?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** As it was at this revision; default: the version before the one that holds. */
  readonly to?: number;
  /** A revision, of GET /weft/v1/changes. */
  readonly change?: number;
  /** `basis` of a rehearsal: refused with 409 when anything was changed since. */
  readonly basis?: string;
  readonly dryRun?: boolean;
}

export interface RolledBackView {
  readonly what: ObjectView & { readonly group: string };
  readonly result: 'restored' | 'created' | 'deleted' | 'unchanged';
  /** The revision whose content it has again; 0: there was no such document. */
  readonly to: number;
  /** From what holds to what would hold, or holds now. */
  readonly fields: readonly FieldChangeView[];
}

export interface RollbackView {
  readonly documents: readonly RolledBackView[];
  readonly basis: string;
  readonly dryRun: boolean;
  readonly diagnostics: readonly Diagnostic[];
}
