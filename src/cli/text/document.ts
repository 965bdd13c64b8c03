import type { Document } from '../../model/index.ts';
import { withoutSourceMap } from '../../source/index.ts';

/** A document as the management API gives it: maps that are empty are not there. */
export function complete(document: Document): Document {
  const { metadata } = document;
  return {
    ...document,
    metadata: { ...metadata, namespace: metadata.namespace ?? '', labels: metadata.labels ?? {}, annotations: metadata.annotations ?? {} },
  };
}

/** As a user wrote it and the control plane completed it: without the note on lines of files, which only answers need. */
export function shownDocument(document: Document): object {
  const { apiVersion, kind, metadata, ...rest } = withoutSourceMap(complete(document));
  const shown = Object.entries(metadata).filter(([, value]) => value !== '' && !(typeof value === 'object' && Object.keys(value).length === 0));
  return { apiVersion, kind, metadata: Object.fromEntries(shown), ...rest };
}
