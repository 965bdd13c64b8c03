// A document as a link to the page that shows it, whatever kind it is of.
import type { ReactNode } from 'react';
import { type KindView, useAllKinds } from '../api/kinds.ts';
import { Go } from './link.tsx';

export interface DocumentName {
  readonly kind: string;
  /** Empty for what belongs to no namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** Where a document of a kind is shown. Pure. */
export function documentPath(plural: string, { namespace, name }: Omit<DocumentName, 'kind'>): string {
  return `/policies/${plural}/${encodeURIComponent(namespace === '' ? '-' : namespace)}/${encodeURIComponent(name)}`;
}

/** Undefined where it has no page: it is no document, or one of those that say nothing of traffic. Pure. */
export function pageOf(kinds: readonly KindView[], document: DocumentName): string | undefined {
  const { kind, namespace, name } = document;
  if (kind === 'Service' && namespace !== '') return `/services/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  const found = kinds.find((each) => each.kind === kind);
  return found === undefined || name === '' ? undefined : documentPath(found.plural, document);
}

/** `HTTPRoute shop/checkout`; without a page of its own, as text. */
export function DocumentLink({ document, bare = false }: { readonly document: DocumentName; readonly bare?: boolean }): ReactNode {
  const { kind, namespace, name } = document;
  const words = `${bare ? '' : `${kind} `}${namespace === '' ? '' : `${namespace}/`}${name}`;
  const to = pageOf(useAllKinds() ?? [], document);
  if (to === undefined) return <span>{words}</span>;
  return (
    <Go to={to} className="link">
      {words}
    </Go>
  );
}
