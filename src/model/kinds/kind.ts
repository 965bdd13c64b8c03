import type { z } from 'zod';
import type { DiagnosticCode } from '../diagnostics.ts';
import type { ObjectMeta } from '../entities.ts';

/** Says something about a place of the document under check; `path` as in Origin. */
export type Report = (code: DiagnosticCode, path: string, message: string, hint?: string) => undefined;

/** A document whose spec has passed its schema. */
export interface Checked<Spec> {
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
}

/** One column of `weft get`: the value at a path of the document, as kubectl's additionalPrinterColumns. */
export interface Column {
  readonly name: string;
  readonly path: string;
  /** Shown only with `-o wide`. */
  readonly wide?: boolean;
}

/** Everything the rest of Weft needs to know of a kind: parsing, REST paths, `weft get`, generated reference pages. */
export interface KindDefinition {
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  /** Older versions with the same fields: a document of one is read as one of `version`. */
  readonly alsoVersions: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** What metadata.name must be: one DNS label (it becomes part of a host name), or labels with dots. */
  readonly nameRule: 'label' | 'subdomain';
  /** One sentence for `weft explain KIND` and reference pages. */
  readonly summary: string;
  /** Schema of `spec`. Parsing its output again gives the same output. */
  readonly schema: z.ZodType<object>;
  readonly columns: readonly Column[];
  /** A policy: it has targetRefs or a selector (kinds/attachment.ts) and acts on what these name. */
  readonly attaches: boolean;
  /** False for a kind that may be written without any field of its own (Namespace). */
  readonly specRequired: boolean;
  /** Its fields stand beside `metadata`, not under `spec` (Secret, ConfigMap). A Document has them in `spec` all the same. */
  readonly topLevel: boolean;
  /** What the schema cannot say: fields not supported yet, fields that contradict each other. Called only with what passed the schema. */
  readonly check: (metadata: ObjectMeta, spec: unknown, report: Report) => void;
}

export interface KindOptions<S extends z.ZodType<object>> {
  readonly apiVersion: string;
  readonly alsoVersions?: readonly string[];
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly summary: string;
  readonly schema: S;
  readonly columns: readonly Column[];
  readonly specRequired?: boolean;
  readonly attaches?: boolean;
  readonly topLevel?: boolean;
  readonly nameRule?: 'label' | 'subdomain';
  readonly check?: (document: Checked<z.output<S>>, report: Report) => void;
}

/** Completes a definition; the static type of `spec` follows from the schema. */
export function defineKind<S extends z.ZodType<object>>(options: KindOptions<S>): KindDefinition & { readonly schema: S } {
  const slash = options.apiVersion.indexOf('/');
  const { check, specRequired = true, topLevel = false, attaches = false, nameRule = 'subdomain', alsoVersions = [], ...rest } = options;
  return {
    ...rest,
    specRequired,
    topLevel,
    attaches,
    nameRule,
    alsoVersions,
    group: slash < 0 ? '' : options.apiVersion.slice(0, slash),
    version: options.apiVersion.slice(slash + 1),
    singular: options.kind.toLowerCase(),
    check: (metadata, spec, report) => check?.({ metadata, spec: spec as z.output<S> }, report),
  };
}
