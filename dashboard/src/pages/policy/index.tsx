import type { ReactNode } from 'react';
import type { FatesView, FateView } from '../../../../src/api/index.ts';
import { ApiError } from '../../api/client.ts';
import { collection, type DocumentView } from '../../api/documents.ts';
import { useAllKinds } from '../../api/kinds.ts';
import { useLive } from '../../api/live.ts';
import { documentPath } from '../../parts/document-link.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Go } from '../../parts/link.tsx';
import { Since } from '../../parts/since.tsx';
import { State } from '../../parts/state.tsx';
import { useAddress } from '../../state/use-address.ts';
import { Conditions } from '../policies/conditions.tsx';
import '../policies/policies.css';
import { targetsOf } from '../policies/targets.ts';
import { History } from './history.tsx';
import { linesOf, type SpecLine } from './lines.ts';

type Field = FatesView['fields'][number];

/** The field whose fate a line has: itself, or the nearest that it is part of. */
function fieldAt(fields: ReadonlyMap<string, Field>, path: string): Field | undefined {
  for (let at = path; at !== ''; at = at.replace(/(\.[^.[\]]+|\[[^\]]*\])$/, '')) {
    const found = fields.get(at);
    if (found !== undefined) return found;
    if (!/[.[]/.test(at)) return undefined;
  }
  return undefined;
}

function Words({ fate }: { readonly fate: FateView }): ReactNode {
  switch (fate.kind) {
    case 'applied':
      return <State state="ok" />;
    case 'overridden':
      return (
        <>
          <State state="none" label="overridden" /> by {fate.words}
        </>
      );
    case 'ignored':
      return (
        <>
          <State state="warn" label={fate.code} /> {fate.reason}
        </>
      );
    case 'rejected':
      return (
        <>
          <State state="bad" label="refused by Envoy" /> {fate.words}
        </>
      );
  }
}

/** Places where it is otherwise than the line says, each with what holds there. */
function Except({ except }: Pick<Field, 'except'>): ReactNode {
  if (except.length === 0) return null;
  return (
    <details>
      <summary>
        otherwise at {except.length} {except.length === 1 ? 'place' : 'places'}
      </summary>
      <ul>
        {except.map(({ place, fate }) => (
          <li key={place}>
            {place}: <Words fate={fate} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Line({ line, field }: { readonly line: SpecLine; readonly field: Field | undefined }): ReactNode {
  return (
    <li className={field?.fate.kind ?? ''}>
      <code>{'  '.repeat(line.indent) + line.text}</code>
      <span className="fate soft">
        {field === undefined ? null : <Words fate={field.fate} />}
        {field === undefined ? null : <Except except={field.except} />}
      </span>
    </li>
  );
}

function Spec({ document, fates }: { readonly document: DocumentView; readonly fates: FatesView | undefined }): ReactNode {
  const fields = new Map((fates?.fields ?? []).map((field) => [field.path, field]));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <ol className="spec" aria-label="What it says, and what became of each field" tabIndex={0}>
      {linesOf(document.spec ?? {}, 'spec').map((line, at) => (
        <Line key={at} line={line} field={line.path === '' ? undefined : fieldAt(fields, line.path)} />
      ))}
    </ol>
  );
}

/** One document: what the mesh says of it, and what became of each of its fields. */
export function Page(): ReactNode {
  const { params } = useAddress();
  const [plural, namespace, name] = [params['plural'] ?? '', params['namespace'] ?? '-', params['name'] ?? ''];
  const kinds = useAllKinds();
  const kind = kinds?.find((each) => each.plural === plural);
  const at = `${collection(kind?.apiVersion ?? '', plural, namespace === '-' ? '' : namespace)}/${encodeURIComponent(name)}`;
  const { data, error } = useLive<DocumentView>(at, { enabled: kind !== undefined });
  const fates = useLive<FatesView>(`/weft/v1/fates/${plural}/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`);
  if ((kinds !== undefined && kind === undefined) || (error instanceof ApiError && error.status === 404))
    return (
      <EmptyState title="There is no such document" command={`weft get ${plural} -A`}>
        It may have been deleted, or never been in this namespace.
      </EmptyState>
    );
  if (error !== null) return <ErrorNote error={error} still="Policies go on holding as they did." />;
  if (data === undefined) return null;
  const places = fates.data?.places ?? 0;
  return (
    <div className="page">
      <p className="toolbar soft">
        <span>
          {data.kind} for {targetsOf(data)}, written <Since at={Date.parse(data.metadata.creationTimestamp ?? '')} none="–" /> ago
          {fates.data === undefined ? '' : `, asked at ${places} ${places === 1 ? 'place' : 'places'}`}
        </span>
        <Go to={`${documentPath(plural, { namespace: namespace === '-' ? '' : namespace, name })}/edit`} className="button">
          Change it
        </Go>
      </p>
      <section className="section">
        <h2>What the mesh says</h2>
        <Conditions document={data} />
      </section>
      <section className="section">
        <h2>What became of it</h2>
        {fates.error === null ? null : <ErrorNote error={fates.error} still="What it says stands below; what became of it is not known here." />}
        <Spec document={data} fates={fates.data} />
      </section>
      <History document={{ kind: data.kind ?? kind?.kind ?? '', namespace: namespace === '-' ? '' : namespace, name }} />
    </div>
  );
}
