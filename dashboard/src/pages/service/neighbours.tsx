// Who calls the service, and whom it calls.
import type { ReactNode } from 'react';
import type { EdgesView } from '../../../../src/api/index.ts';
import { useLive } from '../../api/live.ts';
import { millis, percent, rate } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { ServiceLink } from '../../parts/link.tsx';
import { State } from '../../parts/state.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { spanQuery } from '../../state/address.ts';
import { useAddress } from '../../state/use-address.ts';
import { type GraphLink, graphOf } from '../overview/graph.ts';

function columns(title: string, end: 'from' | 'to'): readonly Column<GraphLink>[] {
  return [
    {
      id: end,
      title,
      cell: (link) => (
        <span className="neighbour">
          <ServiceLink service={link[end]} />
          {link.security === 'mutual_tls' ? (
            <span className="faint" title="mutual TLS">
              <Icon name="lock" size={12} />
            </span>
          ) : null}
          {link.security === 'none' || link.security === 'mixed' ? <State state="warn" label="plaintext" /> : null}
        </span>
      ),
    },
    { id: 'rate', title: 'Rate', number: true, cell: ({ rps }) => rate(rps) },
    {
      id: 'failed',
      title: 'Failed',
      number: true,
      cell: ({ failing, state }) => (state === 'ok' || state === 'none' ? percent(failing) : <State state={state} label={percent(failing)} />),
    },
    { id: 'p99', title: 'p99', number: true, cell: ({ p99Ms }) => millis(p99Ms) },
  ];
}

function Side({ title, end, links }: { readonly title: string; readonly end: 'from' | 'to'; readonly links: readonly GraphLink[] }): ReactNode {
  return (
    <section className="section">
      <h2>{title}</h2>
      {links.length === 0 ? (
        <p className="faint">Nobody in this time.</p>
      ) : (
        <Table
          caption={title}
          columns={columns(end === 'from' ? 'Caller' : 'Called', end)}
          rows={links.toSorted((a, b) => b.rps - a.rps)}
          keyOf={({ id }) => id}
        />
      )}
    </section>
  );
}

/** Both sides of a service, `namespace/name`. */
export function Neighbours({ service }: { readonly service: string }): ReactNode {
  const { span } = useAddress();
  const [namespace = ''] = service.split('/');
  const { data } = useLive<EdgesView>('/weft/v1/edges', { query: { namespace, ...spanQuery(span) } });
  if (data === undefined) return null;
  const { links } = graphOf({ edges: data, stat: undefined, findings: [], services: [] });
  return (
    <div className="two">
      <Side title="Called by" end="from" links={links.filter(({ to }) => to === service)} />
      <Side title="Calls" end="to" links={links.filter(({ from }) => from === service)} />
    </div>
  );
}
