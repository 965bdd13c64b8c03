import type { ReactNode } from 'react';
import { useDocuments } from '../../api/documents.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { ServiceLink } from '../../parts/link.tsx';
import { Table } from '../../parts/table.tsx';
import { useAddress } from '../../state/use-address.ts';

/** Every service with its golden numbers. */
export function Page(): ReactNode {
  const { namespace } = useAddress();
  const { data, error } = useDocuments('v1', 'services', namespace);
  if (error !== null) return <ErrorNote error={error} still="Other pages may still work." />;
  if (data === undefined) return null;
  if (data.items.length === 0)
    return (
      <EmptyState title="There are no services here" command="weft run --service web --port 8080 -- node web.js">
        A service comes with a document, or by itself when a workload joins.
      </EmptyState>
    );
  const rows = data.items.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`);
  return (
    <Table caption="Services" rows={rows} keyOf={(row) => row} columns={[{ id: 'service', title: 'Service', cell: (row) => <ServiceLink service={row} /> }]} />
  );
}
