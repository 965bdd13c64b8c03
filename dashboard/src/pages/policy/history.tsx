import type { ReactNode } from 'react';
import type { ChangesView, ChangeView } from '../../../../src/api/index.ts';
import { useLive } from '../../api/live.ts';
import { Command } from '../../parts/command.tsx';
import type { DocumentName } from '../../parts/document-link.tsx';
import { moment } from '../../parts/format.ts';
import { Pushed } from '../../parts/push.tsx';
import { Since } from '../../parts/since.tsx';
import { type Column, Table } from '../../parts/table.tsx';

const COLUMNS: readonly Column<ChangeView>[] = [
  {
    id: 'at',
    title: 'When',
    cell: ({ at }) => (
      <span className="num" title={moment(Date.parse(at))}>
        <Since at={Date.parse(at)} /> ago
      </span>
    ),
  },
  { id: 'who', title: 'Who', spare: true, cell: ({ who }) => who },
  { id: 'change', title: 'Change', cell: ({ summary }) => <span className="mono">{summary}</span> },
  { id: 'reached', title: 'Reached', cell: ({ push }) => (push === undefined ? <span className="faint">not known</span> : <Pushed push={push} />) },
];

/** Who changed a document when, from what to what, and how soon proxies had it. */
export function History({ document }: { readonly document: DocumentName }): ReactNode {
  const { kind, namespace, name } = document;
  const { data } = useLive<ChangesView>('/weft/v1/changes', { query: { kind, namespace, name, since: '30d', limit: 10 } });
  const items = (data?.items ?? []).filter(({ what }) => what.namespace === namespace);
  const [last] = items;
  if (last === undefined) return null;
  return (
    <section className="section">
      <h2>Changes</h2>
      <Table caption="Changes" columns={COLUMNS} rows={items} keyOf={({ seq }) => String(seq)} />
      {last.revision === 0 || items.length < 2 ? null : (
        <p className="soft">
          To undo the last one: <Command text={`weft rollback --change ${last.revision}`} />
        </p>
      )}
    </section>
  );
}
