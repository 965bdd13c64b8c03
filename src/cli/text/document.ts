import { type Document, standsAtTop } from '../../model/index.ts';
import { withoutSourceMap } from '../../source/index.ts';

/** A document as the management API gives it: maps that are empty are not there. */
export function complete(document: Document): Document {
  const { metadata } = document;
  return {
    ...document,
    metadata: { ...metadata, namespace: metadata.namespace ?? '', labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} },
  };
}

const HEAD = new Set(['apiVersion', 'kind', 'metadata', 'status']);

/**
 * What a document says below its metadata, as users write it: `spec`, or the fields that stand at the top (Secret). Takes both forms in which
 * such a document goes around.
 */
export function bodyOf(document: Document): Readonly<Record<string, unknown>> {
  if (!standsAtTop(document)) return { spec: document.spec };
  return document.spec ?? Object.fromEntries(Object.entries(document).filter(([key]) => !HEAD.has(key)));
}

/** What is shown in place of a value of a Secret; it is no base64, so that it cannot be applied by mistake. */
const hidden = (text: string): string => `<${text.length} characters; --show-secrets shows them>`;

/** A Secret with its keys and without its values. */
export function withoutSecrets(document: Document): Document {
  if (document.kind !== 'Secret' || document.apiVersion !== 'v1') return document;
  const { data = {}, ...rest } = bodyOf(document);
  const values = Object.entries(data as Readonly<Record<string, string>>).map(([key, text]) => [key, hidden(text)]);
  const { apiVersion, kind, metadata, status } = document;
  return { apiVersion, kind, metadata, ...(status === undefined ? {} : { status }), ...rest, data: Object.fromEntries(values) } as unknown as Document;
}

/**
 * As a user wrote it and the control plane completed it: without the note on lines of files, which only answers need, and
 * without what a Secret keeps unless that is asked for.
 */
export function shownDocument(document: Document, secrets = false): object {
  const { apiVersion, kind, metadata, ...rest } = withoutSourceMap(complete(secrets ? document : withoutSecrets(document)));
  const shown = Object.entries(metadata).filter(([, value]) => value !== '' && !(typeof value === 'object' && Object.keys(value).length === 0));
  return { apiVersion, kind, metadata: Object.fromEntries(shown), ...rest };
}
