import type { ReactNode } from 'react';
import type { ProxyView } from '../../../../src/api/index.ts';
import { useLive } from '../../api/live.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Table } from '../../parts/table.tsx';
import { useAddress } from '../../state/use-address.ts';
import { COLUMNS, Refusals } from './columns.tsx';

/** Every proxy: in sync or not, what it refuses in its own words, how old its configuration is. */
export function Page(): ReactNode {
  const { namespace, search, set } = useAddress();
  const { data, error } = useLive<{ readonly items: readonly ProxyView[] }>('/weft/v1/proxies', { query: { namespace } });
  if (error !== null) return <ErrorNote error={error} still="Proxies run on with the configuration they have." />;
  if (data === undefined) return null;
  if (data.items.length === 0)
    return (
      <EmptyState title="No proxy has joined yet" command="weft run --service web --port 8080 -- node web.js">
        Every workload that runs in the mesh has an Envoy beside it. They are listed here with what they were sent and what they said of it.
      </EmptyState>
    );
  const wanted = (search['q'] ?? '').toLowerCase();
  const rows = data.items.filter(({ id }) => id.toLowerCase().includes(wanted));
  return (
    <div className="page">
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
          {rows.length} of {data.items.length}
        </span>
      </div>
      <Table
        caption="Proxies"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ id }) => id}
        sort={search['sort'] ?? 'sync'}
        onSort={(sort) => set({ sort }, { keep: true })}
        detail={(proxy) => (proxy.refusals.length === 0 ? null : <Refusals proxy={proxy} />)}
      />
    </div>
  );
}
