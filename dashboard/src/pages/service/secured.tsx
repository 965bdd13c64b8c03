// How callers connect: what each agreed upon with the service, whether it stays secret for good, and who comes in plaintext or was refused.
import type { ReactNode } from 'react';
import type { PeerView } from '../../../../src/api/index.ts';
import { useLive } from '../../api/live.ts';
import { Since } from '../../parts/since.tsx';
import { State } from '../../parts/state.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { agreedUpon } from './agreed.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

function How({ peer }: { readonly peer: PeerView }): ReactNode {
  if (peer.security === 'plaintext') return <State state="warn" label="plaintext" />;
  if (peer.security === 'refused') return <State state="bad" label="refused" />;
  return <State state="ok" label={agreedUpon(peer.tls).version || 'mutual TLS'} />;
}

function KeyExchange({ peer }: { readonly peer: PeerView }): ReactNode {
  const { group, postQuantum } = agreedUpon(peer.tls);
  if (group === '') return '–';
  return (
    <span className="neighbour">
      <span className="mono">{group}</span>
      {postQuantum ? <State state="ok" label="post-quantum" /> : null}
    </span>
  );
}

const who = ({ source, address }: PeerView): string => /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(source)?.slice(1).join('/') ?? (source || address);

const COLUMNS: readonly Column<PeerView>[] = [
  {
    id: 'who',
    title: 'Caller',
    cell: (peer) => (
      <span className="mono" title={peer.source}>
        {who(peer)}
      </span>
    ),
  },
  { id: 'how', title: 'Connects by', cell: (peer) => <How peer={peer} /> },
  { id: 'cipher', title: 'Cipher', spare: true, cell: ({ tls, why }) => <span className="mono">{agreedUpon(tls).cipher || why || '–'}</span> },
  { id: 'group', title: 'Key exchange', cell: (peer) => <KeyExchange peer={peer} /> },
  { id: 'port', title: 'Port', number: true, spare: true, cell: ({ port }) => port },
  { id: 'last', title: 'Last', number: true, cell: ({ last }) => <Since at={Date.parse(last)} none="–" /> },
];

const ORDER: readonly PeerView['security'][] = ['refused', 'plaintext', 'mtls'];

/** Nothing where nobody tells, or to who may not read records there. */
export function Secured({ service }: { readonly service: string }): ReactNode {
  // by the hour, so that it stays one question
  const since = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - DAY_MS;
  const { data } = useLive<{ readonly items: readonly PeerView[] }>('/weft/v1/records/peers', { method: 'POST', body: { since, service }, everyMs: 15_000 });
  if (data === undefined || data.items.length === 0) return null;
  const rows = data.items.toSorted((a, b) => ORDER.indexOf(a.security) - ORDER.indexOf(b.security) || (who(a) < who(b) ? -1 : 1));
  return (
    <section className="section">
      <h2>Connections of its callers, of a day</h2>
      <Table
        caption="Connections of its callers"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ security, source, address, destination, port }) => [security, source, address, destination, port].join(' ')}
      />
    </section>
  );
}
