// Is something wrong, where, since when, which change, what to do: the graph, what is wrong beside it, and time under it.
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useCallback, useEffect, useMemo } from 'react';
import './overview.css';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Icon } from '../../parts/icon.tsx';
import { carried } from '../../state/address.ts';
import { type Address, useAddress } from '../../state/use-address.ts';
import { Findings } from './findings.tsx';
import type { Graph, GraphNode } from './graph.ts';
import { grouped, worthGrouping } from './grouping.ts';
import { LinksTable } from './links-table.tsx';
import { Strip } from './strip.tsx';
import { Topology } from './topology.tsx';
import { useMesh } from './use-mesh.ts';

/** A graph needs room: where there is little, the table comes first. */
const isTable = ({ search }: Address): boolean => (search['view'] ?? (innerWidth < 640 ? 'table' : 'graph')) === 'table';

const other = (address: Address): { readonly view: string } => ({ view: isTable(address) ? 'graph' : 'table' });

/** Of one namespace, it need not be said at each service. */
const severalNamespaces = ({ nodes }: Graph): boolean => new Set(nodes.flatMap(({ kind, namespace }) => (kind === 'service' ? [namespace] : []))).size > 1;

/** What is drawn of the graph, and under which name its places are remembered. */
function useDrawn(graph: Graph, { namespace, search }: Address): { readonly drawn: Graph; readonly view: string; readonly closing: boolean } {
  const open = search['open'] ?? '';
  const closing = worthGrouping(graph) && search['group'] !== 'none';
  const drawn = useMemo(() => (closing ? grouped(graph, new Set(open.split(','))) : graph), [graph, closing, open]);
  return { drawn, view: `${namespace}${closing ? ` by namespace ${open}` : ''}`, closing };
}

function useGo({ set, search }: Address): (node: GraphNode) => void {
  const navigate = useNavigate();
  const open = search['open'] ?? '';
  const { ns, range, from, to } = search;
  // the address is made anew with every step; what of it counts is named
  return useCallback(
    ({ kind, namespace, name }: GraphNode) => {
      if (kind === 'group') set({ open: [...open.split(',').filter((each) => each !== ''), namespace].join(',') });
      if (kind === 'service') void navigate({ to: `/services/${namespace}/${name}`, search: carried(search) } as unknown as Parameters<typeof navigate>[0]);
    },
    [open, ns, range, from, to],
  );
}

/** `t` changes between graph and table. */
function useTableKey(address: Address): void {
  const table = isTable(address);
  // only which of both is shown counts
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const writing = event.target instanceof HTMLElement && event.target.closest('input, select, textarea, dialog') !== null;
      if (event.key === 't' && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) address.set(other(address), { keep: true });
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, [table]);
}

function Tools({ address, closing, graph }: { readonly address: Address; readonly closing: boolean; readonly graph: Graph }): ReactNode {
  const { search, set } = address;
  const table = isTable(address);
  const open = (search['open'] ?? '').split(',').filter((each) => each !== '');
  return (
    <div className="toolbar">
      <button type="button" className="button tool" onClick={() => set(other(address), { keep: true })} aria-keyshortcuts="t" title="Key: t">
        <Icon name={table ? 'graph' : 'table'} /> {table ? 'Graph' : 'Table'}
      </button>
      {!table && worthGrouping(graph) ? (
        <button type="button" className="button" onClick={() => set({ group: closing ? 'none' : undefined, open: undefined })}>
          {closing ? 'All services' : 'By namespace'}
        </button>
      ) : null}
      {closing
        ? open.map((name) => (
            <button
              key={name}
              type="button"
              className="chip"
              onClick={() => set({ open: open.filter((each) => each !== name).join(',') })}
              aria-label={`Close ${name}`}
            >
              {name} <Icon name="close" size={12} />
            </button>
          ))
        : null}
      <span className="faint">
        {graph.nodes.length} services · {graph.links.length} calls
      </span>
    </div>
  );
}

export function Page(): ReactNode {
  const address = useAddress();
  const { graph, findings, findingsError, measured, loading, error } = useMesh();
  const { drawn, view, closing } = useDrawn(graph, address);
  const go = useGo(address);
  useTableKey(address);
  if (loading) return null;
  const table = isTable(address);
  return (
    <div className="overview">
      <div className="overview-main">
        {error === null ? null : <ErrorNote error={error} still="What is shown is as of the last answer; proxies and requests are not touched by this." />}
        {graph.nodes.length === 0 ? (
          <EmptyState title="No service has joined yet" command="weft run --service web --port 8080 -- node web.js">
            Services and their calls are drawn here as soon as a workload runs in the mesh.
          </EmptyState>
        ) : (
          <>
            <Tools address={address} closing={closing} graph={graph} />
            {table ? <LinksTable links={graph.links} /> : <Topology graph={drawn} view={view} placed={severalNamespaces(drawn)} go={go} />}
            {measured ? null : (
              <p className="soft">No request was counted in this time. Calls are drawn when proxies report them; a longer time may show some.</p>
            )}
          </>
        )}
        <Strip />
      </div>
      <Findings view={findings} error={findingsError} />
    </div>
  );
}
