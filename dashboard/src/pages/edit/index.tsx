// One document, to be changed or begun: text, what is wrong with it, what it would do, and only then applied.
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { ApiError, ask } from '../../api/client.ts';
import { collection, type DocumentView } from '../../api/documents.ts';
import { type KindView, useAllKinds } from '../../api/kinds.ts';
import { useLive } from '../../api/live.ts';
import { documentPath } from '../../parts/document-link.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Go } from '../../parts/link.tsx';
import { State } from '../../parts/state.tsx';
import { carried } from '../../state/address.ts';
import { useAddress } from '../../state/use-address.ts';
import { check, type Verdict } from './check.ts';
import { Editor } from './editor.tsx';
import { Effect } from './effect.tsx';
import './edit.css';
import { beginningOf, fileOf, readWritten, textOf } from './written.ts';

/** So long after the last key, it is asked about. */
const PAUSE_MS = 350;

interface Place {
  readonly kind: KindView;
  readonly namespace: string;
  readonly name: string;
}

/** What stood there a moment ago: it lags behind while somebody writes. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** Writes it: over the version that was read, or where nothing stands. Throws ApiError. */
async function write({ kind, namespace, name }: Place, value: unknown, read: DocumentView | undefined): Promise<void> {
  const at = collection(kind.apiVersion, kind.plural, kind.namespaced ? namespace : '');
  if (read === undefined) return void (await ask(at, { method: 'POST', body: value }));
  const document = value as DocumentView;
  const { resourceVersion } = read.metadata;
  const body = { ...document, metadata: { ...document.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) } };
  await ask(`${at}/${encodeURIComponent(name)}`, { method: 'PUT', body });
}

function useChecked(
  text: string,
  namespace: string,
): { readonly written: ReturnType<typeof readWritten>; readonly verdict: Verdict | undefined; readonly error: unknown } {
  const written = useMemo(() => readWritten(text), [text]);
  const { data, error } = useQuery({
    queryKey: ['check', namespace, text],
    queryFn: ({ signal }) => check(written, namespace, signal),
    enabled: written.value !== undefined,
    placeholderData: keepPreviousData,
    gcTime: 0,
  });
  return { written, verdict: written.value === undefined ? undefined : data, error: written.value === undefined ? null : error };
}

const WELL: Readonly<Record<NonNullable<Verdict['result']>, string>> = {
  created: 'Nothing is wrong with it.',
  configured: 'Nothing is wrong with it.',
  unchanged: 'It says what holds already.',
};

function Elsewhere({ said }: { readonly said: Verdict['elsewhere'] }): ReactNode {
  if (said.length === 0) return null;
  return (
    <details>
      <summary>
        {said.length} {said.length === 1 ? 'thing' : 'things'} to say of other documents, with or without it
      </summary>
      <ul>
        {said.map(({ code, at, message }, index) => (
          <li key={`${code} ${index}`}>
            {at.kind} {at.namespace}/{at.name}: {message} <span className="mono faint">{code}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

interface EditingProps {
  readonly place: Place;
  /** Undefined where nothing stands. */
  readonly live: DocumentView | undefined;
  readonly service: string;
}

function Editing({ place, live, service }: EditingProps): ReactNode {
  // whatever happens to the document meanwhile, what is written here is a change of what was read
  const [read] = useState(live);
  const [begun] = useState(() => (live === undefined ? beginningOf(place.kind, { ...place, service }) : textOf(live)));
  const { search } = useAddress();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [text, setText] = useState(begun);
  const [failed, setFailed] = useState<unknown>();
  const [writing, setWriting] = useState(false);
  const settled = useSettled(text);
  const { written, verdict, error } = useChecked(useDeferredValue(settled), place.namespace);
  const problems = written.problems.length > 0 ? written.problems : (verdict?.problems ?? []);
  const isDirty = text !== begun && !writing;
  useBlocker({ shouldBlockFn: () => isDirty && !confirm('Leave, and lose what is written here?'), enableBeforeUnload: () => isDirty });
  const current = settled === text && verdict?.result !== undefined && verdict.result !== 'unchanged' && written.value !== undefined;
  const file = read === undefined ? undefined : fileOf(read);
  const apply = async (): Promise<void> => {
    setWriting(true);
    try {
      await write(place, written.value, read);
      await queries.invalidateQueries();
      await navigate({ to: documentPath(place.kind.plural, place), search: carried(search), ignoreBlocker: true } as unknown as Parameters<typeof navigate>[0]);
    } catch (refusal) {
      setFailed(refusal);
      setWriting(false);
    }
  };
  return (
    <div className="page edit">
      {file === undefined ? null : (
        <p className="soft">
          It was applied from <code>{file}</code>: what is changed here is undone when that file is applied again.
        </p>
      )}
      <Editor
        text={text}
        problems={problems}
        change={setText}
        well={verdict?.result === undefined ? null : <State state="ok" label={WELL[verdict.result]} />}
      />
      <section className="section" aria-label="What it would do">
        <h2>What it would do</h2>
        {error === null ? null : <ErrorNote error={error} still="Nothing was changed." />}
        {verdict?.effect === undefined || verdict.result === 'unchanged' ? (
          <p className="soft">Nothing is different yet.</p>
        ) : (
          <Effect effect={verdict.effect} />
        )}
        <Elsewhere said={verdict?.elsewhere ?? []} />
      </section>
      {failed === undefined ? null : <ErrorNote error={failed} still="Nothing was changed, and what is written here is still here." />}
      <p className="toolbar">
        <button type="button" className="button primary" disabled={!current || writing} onClick={() => void apply()}>
          {read === undefined ? 'Create' : 'Apply'}
        </button>
        <Go to={read === undefined ? '/policies' : documentPath(place.kind.plural, place)} className="button">
          Leave it
        </Go>
      </p>
    </div>
  );
}

/** Changes a document, or begins one where there is none. */
export function Page(): ReactNode {
  const { params, search } = useAddress();
  const [plural, namespace, name] = [params['plural'] ?? '', params['namespace'] === '-' ? '' : (params['namespace'] ?? ''), params['name'] ?? ''];
  const kinds = useAllKinds();
  const kind = kinds?.find((each) => each.plural === plural);
  const at = kind === undefined ? '' : `${collection(kind.apiVersion, plural, kind.namespaced ? namespace : '')}/${encodeURIComponent(name)}`;
  const { data, error, isPlaceholderData } = useLive<DocumentView>(at, { enabled: kind !== undefined, everyMs: 0 });
  if (kinds === undefined) return null;
  if (kind === undefined)
    return (
      <EmptyState title="There is no such kind" command="weft get policies -A">
        No document is of the kind “{plural}”.
      </EmptyState>
    );
  const isMissing = error instanceof ApiError && error.status === 404;
  if (error !== null && !isMissing) return <ErrorNote error={error} still="What holds goes on holding." />;
  if (isPlaceholderData || (data === undefined && !isMissing)) return null;
  return <Editing key={at} place={{ kind, namespace, name }} live={data} service={search['for'] ?? ''} />;
}
