import type { ReactNode } from 'react';
import { millis, percent, rate } from '../../parts/format.ts';
import { ServiceLink } from '../../parts/link.tsx';
import { State } from '../../parts/state.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { useAddress } from '../../state/use-address.ts';
import type { GraphLink } from './graph.ts';

const SECURITY: Readonly<Record<GraphLink['security'], string>> = {
  mutual_tls: 'mutual TLS',
  none: 'plaintext',
  mixed: 'in part plaintext',
  unknown: 'unknown',
};

const COLUMNS: readonly Column<GraphLink>[] = [
  { id: 'from', title: 'Caller', order: (a, b) => (a.from < b.from ? -1 : 1), cell: ({ from }) => <ServiceLink service={from} /> },
  { id: 'to', title: 'Called', order: (a, b) => (a.to < b.to ? -1 : 1), cell: ({ to }) => <ServiceLink service={to} /> },
  { id: 'rate', title: 'Rate', number: true, order: (a, b) => a.rps - b.rps, cell: ({ rps }) => rate(rps) },
  {
    id: 'failed',
    title: 'Failed',
    number: true,
    order: (a, b) => a.failing - b.failing,
    cell: ({ failing, state }) => (state === 'ok' || state === 'none' ? percent(failing) : <State state={state} label={percent(failing)} />),
  },
  { id: 'p99', title: 'p99', number: true, spare: true, order: (a, b) => (a.p99Ms ?? 0) - (b.p99Ms ?? 0), cell: ({ p99Ms }) => millis(p99Ms) },
  {
    id: 'security',
    title: 'Security',
    spare: true,
    order: (a, b) => (a.security < b.security ? -1 : 1),
    cell: ({ security }) =>
      security === 'mutual_tls' ? SECURITY[security] : <State state={security === 'unknown' ? 'none' : 'warn'} label={SECURITY[security]} />,
  },
  {
    id: 'versions',
    title: 'Versions',
    spare: true,
    cell: ({ strands }) => <span className="mono">{strands.map(({ version, share }) => `${version} ${percent(share)}`).join(', ')}</span>,
  },
];

/** Every call of the graph as a row. */
export function LinksTable({ links }: { readonly links: readonly GraphLink[] }): ReactNode {
  const { search, set } = useAddress();
  return (
    <Table
      caption="Calls between services"
      columns={COLUMNS}
      rows={links}
      keyOf={({ id }) => id}
      sort={search['sort'] ?? '-failed'}
      onSort={(sort) => set({ sort }, { keep: true })}
    />
  );
}
