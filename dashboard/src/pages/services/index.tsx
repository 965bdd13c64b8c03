// Every service with its golden numbers, the worst first.
import type { ReactNode } from 'react';
import type { StatView } from '../../../../src/api/index.ts';
import { useDocuments } from '../../api/documents.ts';
import { useLive } from '../../api/live.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Table } from '../../parts/table.tsx';
import { spanQuery } from '../../state/address.ts';
import { useAddress } from '../../state/use-address.ts';
import { COLUMNS, type ServiceRow } from './columns.tsx';

/** Declared services and those that were called, each once. */
function rowsOf(names: readonly string[], stat: StatView | undefined): readonly ServiceRow[] {
  const golden = new Map((stat?.items ?? []).map((item) => [item.service, item]));
  return [...new Set([...names, ...golden.keys()])].sort().map((service) => ({ service, golden: golden.get(service) }));
}

export function Page(): ReactNode {
  const { namespace, span, search, set } = useAddress();
  const documents = useDocuments('v1', 'services', namespace);
  const stat = useLive<StatView>('/weft/v1/stat', { query: { namespace, ...spanQuery(span) } });
  if (documents.data === undefined && documents.error !== null) return <ErrorNote error={documents.error} still="Requests are not touched by this." />;
  if (documents.data === undefined) return null;
  const all = rowsOf(
    documents.data.items.map(({ metadata }) => `${metadata.namespace ?? 'default'}/${metadata.name}`),
    stat.data,
  );
  if (all.length === 0)
    return (
      <EmptyState title="There are no services here" command="weft run --service web --port 8080 -- node web.js">
        A service comes with a document, or by itself when a workload joins.
      </EmptyState>
    );
  const wanted = (search['q'] ?? '').toLowerCase();
  const rows = all.filter(({ service }) => service.toLowerCase().includes(wanted));
  return (
    <div className="page">
      {stat.error === null ? null : <ErrorNote error={stat.error} still="The services are listed without their numbers." />}
      <div className="toolbar">
        <input
          type="search"
          className="text-field"
          aria-label="Filter by name"
          placeholder="Filter by name"
          value={search['q'] ?? ''}
          onChange={({ target }) => set({ q: target.value }, { keep: true })}
        />
        <span className="faint">
          {rows.length} of {all.length}
        </span>
      </div>
      <Table
        caption="Services"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ service }) => service}
        sort={search['sort'] ?? '-failed'}
        onSort={(sort) => set({ sort }, { keep: true })}
      />
    </div>
  );
}
