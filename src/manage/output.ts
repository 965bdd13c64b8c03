// One document, or many, in the form that was asked for.
import type { Document, KindDefinition } from '../model/index.ts';
import { documentText, outward } from './document-text.ts';
import type { OutputForm } from './request.ts';
import { table } from './table.ts';

const partial = (document: Document): object => ({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: outward(document)['metadata'] });

/** JSON text of one document. */
export function documentAnswer(document: Document, kind: KindDefinition, form: OutputForm, now: number): string {
  if (form.as === 'object') return documentText(document);
  if (form.as === 'metadata') return JSON.stringify(partial(document));
  const metadata = { resourceVersion: document.metadata.resourceVersion };
  return JSON.stringify(table({ kind, documents: [document], now, include: form.include, metadata }));
}

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** JSON text of a list. The items' text is the one of the documents themselves. */
export function listAnswer(documents: readonly Document[], metadata: ListMetadata, kind: KindDefinition, form: OutputForm, now: number): string {
  if (form.as === 'table') return JSON.stringify(table({ kind, documents, now, include: form.include, metadata: { ...metadata } }));
  if (form.as === 'metadata')
    return JSON.stringify({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: documents.map(partial) });
  const head = `{"kind":"${kind.kind}List","apiVersion":"${kind.apiVersion}","metadata":${JSON.stringify(metadata)}`;
  return `${head},"items":[${documents.map(documentText).join(',')}]}`;
}
