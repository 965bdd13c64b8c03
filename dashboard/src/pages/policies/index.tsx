import type { ReactNode } from 'react';
import type { DocumentView } from '../../api/documents.ts';
import { useCollected, useKinds } from '../../api/kinds.ts';
import { documentPath } from '../../parts/document-link.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Go } from '../../parts/link.tsx';
import { Since } from '../../parts/since.tsx';
import { State } from '../../parts/state.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { useAddress } from '../../state/use-address.ts';
import { Begin } from './begin.tsx';
import { verdictOf } from './conditions.tsx';
import './policies.css';
import { targetsOf } from './targets.ts';

type Row = DocumentView & { readonly plural: string };

const WORST = { bad: 0, warn: 1, none: 2, ok: 3 } as const;
const placeOf = ({ metadata: { namespace = '', name } }: Row): string => `${namespace}/${name}`;
const byKind = (a: Row, b: Row): number => (`${a.kind} ${placeOf(a)}` < `${b.kind} ${placeOf(b)}` ? -1 : 1);

const COLUMNS: readonly Column<Row>[] = [
  { id: 'kind', title: 'Kind', order: byKind, cell: ({ kind }) => kind.replace(/Policy$/, '') },
  {
    id: 'name',
    title: 'Name',
    order: (a, b) => (placeOf(a) < placeOf(b) ? -1 : 1),
    cell: ({ plural, metadata: { namespace, name } }) => (
      <Go to={documentPath(plural, { namespace: namespace ?? '', name })} className="link">
        {namespace === undefined ? null : <span className="faint">{namespace}/</span>}
        {name}
      </Go>
    ),
  },
  { id: 'targets', title: 'For', spare: true, cell: (row) => <span className="targets">{targetsOf(row)}</span> },
  {
    id: 'state',
    title: 'State',
    order: (a, b) => WORST[verdictOf(a).state] - WORST[verdictOf(b).state] || byKind(a, b),
    cell: (row) => {
      const { state, words } = verdictOf(row);
      return <State state={state} label={words} />;
    },
  },
  {
    id: 'age',
    title: 'Age',
    number: true,
    order: (a, b) => Date.parse(b.metadata.creationTimestamp ?? '') - Date.parse(a.metadata.creationTimestamp ?? ''),
    cell: ({ metadata }) => <Since at={Date.parse(metadata.creationTimestamp ?? '')} none="–" />,
  },
];

/** Every policy, and whether it holds. */
export function Page(): ReactNode {
  const { namespace, search, set } = useAddress();
  const kinds = useKinds('policies');
  const { items, failed, pending } = useCollected(kinds ?? [], namespace);
  const [first] = failed;
  const wanted = (search['q'] ?? '').toLowerCase();
  const rows = items.filter((row) => `${row.kind} ${placeOf(row)} ${targetsOf(row)}`.toLowerCase().includes(wanted));
  if (kinds === undefined || (pending && items.length === 0)) return null;
  return (
    <div className="page">
      {first === undefined ? null : (
        <ErrorNote error={first.error} still={`Not listed here: ${failed.map(({ kind }) => kind).join(', ')}. What holds goes on holding.`} />
      )}
      <Begin kinds={kinds} />
      {items.length === 0 ? (
        <EmptyState title="No policy is written yet" command="weft apply -f policy.yaml">
          The mesh works by its defaults: mutual TLS, safe retries, no limits. Policies say otherwise, for the mesh, a namespace, a service or a route.
        </EmptyState>
      ) : (
        <>
          <div className="toolbar">
            <input
              type="search"
              className="text-field"
              aria-label="Filter by kind, name or target"
              placeholder="Filter"
              value={search['q'] ?? ''}
              onChange={({ target }) => set({ q: target.value }, { keep: true })}
            />
            <span className="faint">
              {rows.length} of {items.length}
            </span>
          </div>
          <Table
            caption="Policies"
            columns={COLUMNS}
            rows={rows}
            keyOf={(row) => `${row.plural} ${placeOf(row)}`}
            sort={search['sort'] ?? 'state'}
            onSort={(sort) => set({ sort }, { keep: true })}
          />
        </>
      )}
    </div>
  );
}
