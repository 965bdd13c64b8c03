// AdmissionReview of admission.k8s.io/v1, as far as a webhook needs it (Kubernetes documentation: "Dynamic Admission Control").
import type { KubeObject } from '../resource-type.ts';

export interface AdmissionRequest {
  readonly uid: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly subResource: string;
  /** Of the request: an object that is to be made may not say it itself. */
  readonly namespace: string;
  /** Empty of an object whose name the server is yet to make up. */
  readonly name: string;
  /** Absent where something is deleted. */
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

export type AdmissionAnswer =
  | { readonly kind: 'allowed'; readonly patch?: readonly unknown[]; readonly warnings?: readonly string[] }
  | { readonly kind: 'denied'; readonly message: string; readonly warnings?: readonly string[] };

const VERSION = 'admission.k8s.io/v1';
const OPERATIONS: ReadonlySet<unknown> = new Set(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields | undefined => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const objectOf = (value: unknown): KubeObject | undefined => (fieldsOf(fieldsOf(value)?.['metadata']) === undefined ? undefined : (value as KubeObject));

/** Undefined of what is no review of this version. */
export function readReview(value: unknown): AdmissionRequest | undefined {
  const review = fieldsOf(value);
  const request = fieldsOf(review?.['request']);
  if (review?.['apiVersion'] !== VERSION || review['kind'] !== 'AdmissionReview' || request === undefined) return undefined;
  const { uid, operation, subResource, namespace, name, object, oldObject } = request;
  const kind = fieldsOf(request['kind']);
  if (typeof uid !== 'string' || !OPERATIONS.has(operation) || kind === undefined) return undefined;
  return {
    uid,
    operation: operation as AdmissionRequest['operation'],
    kind: { group: text(kind['group']), version: text(kind['version']), kind: text(kind['kind']) },
    subResource: text(subResource),
    namespace: text(namespace),
    name: text(name),
    object: objectOf(object),
    oldObject: objectOf(oldObject),
  };
}

/** Longer ones are cut by the server, and more than 4096 characters in all. */
const WARNING_CHARS = 250;
const MOST_WARNINGS = 16;

function shortened(warnings: readonly string[]): readonly string[] {
  const shown = warnings.slice(0, MOST_WARNINGS).map((each) => (each.length > WARNING_CHARS ? `${each.slice(0, WARNING_CHARS - 1)}…` : each));
  return warnings.length > MOST_WARNINGS ? [...shown.slice(1), `… and ${warnings.length - MOST_WARNINGS + 1} more`] : shown;
}

/** The review that answers. */
export function answerReview(uid: string, answer: AdmissionAnswer): object {
  const warnings = answer.warnings === undefined || answer.warnings.length === 0 ? {} : { warnings: shortened(answer.warnings) };
  const verdict =
    answer.kind === 'denied'
      ? { allowed: false, status: { code: 422, reason: 'Invalid', message: answer.message } }
      : { allowed: true, ...patched(answer.patch) };
  return { apiVersion: VERSION, kind: 'AdmissionReview', response: { uid, ...verdict, ...warnings } };
}

function patched(patch: readonly unknown[] | undefined): object {
  if (patch === undefined || patch.length === 0) return {};
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}
