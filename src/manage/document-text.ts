// Documents as they go out: the form Kubernetes gives them, written once per version of a document however many ask.
import { type Document, standsAtTop } from '../model/index.ts';
import type { Fields } from './body.ts';

const texts = new WeakMap<Document, string>();

function withoutEmpty(values: Readonly<Record<string, unknown>>): Fields {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value !== undefined && value !== '' && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0),
    ),
  );
}

/** Bookkeeping of server-side apply; it stays here, like Kubernetes' managedFields stay out of what people read. */
export const APPLIED = 'weft.dev/applied';

/** Without the fields that are empty: a document of the cluster has no namespace, one without labels has no map of them. */
export function outward(document: Document): Fields {
  const { apiVersion, kind, metadata, spec, status } = document;
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, labels } = metadata;
  const { [APPLIED]: _, ...annotations } = metadata.annotations;
  return {
    apiVersion,
    kind,
    metadata: withoutEmpty({ name, namespace, uid, resourceVersion, generation, creationTimestamp, labels, annotations }),
    ...(standsAtTop(document) ? spec : { spec }),
    ...(status === undefined ? {} : { status }),
  };
}

/** JSON text of a document. */
export function documentText(document: Document): string {
  const known = texts.get(document);
  if (known !== undefined) return known;
  const text = JSON.stringify(outward(document));
  texts.set(document, text);
  return text;
}

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

const lines = new WeakMap<Document, Map<EventType, Buffer>>();

/** One line of a watch, shared by all watches that send it. */
export function eventLine(type: EventType, document: Document): Buffer {
  const known = lines.get(document) ?? new Map<EventType, Buffer>();
  lines.set(document, known);
  const line = known.get(type) ?? Buffer.from(`{"type":"${type}","object":${documentText(document)}}\n`);
  known.set(type, line);
  return line;
}
