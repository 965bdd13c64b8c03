import type { ReactNode } from 'react';
import type { ProxyView } from '../../../../src/api/index.ts';
import { bytes } from '../../parts/format.ts';
import { Since } from '../../parts/since.tsx';
import { State } from '../../parts/state.tsx';
import type { Column } from '../../parts/table.tsx';
import { SYNC_STATES } from './sync.ts';

const ORDER = ['refused', 'pending', 'disconnected', 'in sync'] as const;

function Certificate({ notAfter }: { readonly notAfter: number }): ReactNode {
  const left = notAfter - Date.now();
  if (notAfter > 0 && left < 0) return <State state="bad" label="expired" />;
  return <Since at={notAfter} none="none" />;
}

/** What is wrong stands first; names decide between equals. */
const bySync = (a: ProxyView, b: ProxyView): number => ORDER.indexOf(a.sync) - ORDER.indexOf(b.sync) || (a.id < b.id ? -1 : 1);

export const COLUMNS: readonly Column<ProxyView>[] = [
  {
    id: 'proxy',
    title: 'Proxy',
    order: (a, b) => (a.id < b.id ? -1 : 1),
    cell: ({ namespace, name }) => (
      <span className="mono">
        <span className="faint">{namespace}/</span>
        {name}
      </span>
    ),
  },
  { id: 'role', title: 'Role', spare: true, cell: ({ role, serves }) => (serves === undefined ? role : `${role}, serves ${serves.length}`) },
  { id: 'sync', title: 'Sync', order: bySync, cell: ({ sync }) => <State state={SYNC_STATES[sync]} label={sync} /> },
  { id: 'version', title: 'Envoy', spare: true, cell: ({ envoyVersion }) => <span className="mono">{envoyVersion === '' ? '–' : envoyVersion}</span> },
  {
    id: 'age',
    title: 'Config age',
    number: true,
    spare: true,
    order: (a, b) => b.configuredAt - a.configuredAt,
    cell: ({ configuredAt }) => <Since at={configuredAt} />,
  },
  {
    id: 'scope',
    title: 'Scope',
    number: true,
    spare: true,
    order: (a, b) => a.scope.services - b.scope.services,
    cell: ({ scope }) => `${scope.services} of ${scope.of} services`,
  },
  {
    id: 'memory',
    title: 'Memory',
    number: true,
    spare: true,
    order: (a, b) => (a.memoryBytes ?? 0) - (b.memoryBytes ?? 0),
    cell: ({ memoryBytes }) => <span title="Envoy's heap">{memoryBytes === undefined ? '–' : bytes(memoryBytes)}</span>,
  },
  {
    id: 'certificate',
    title: 'Identity valid',
    number: true,
    order: (a, b) => a.certificateNotAfter - b.certificateNotAfter,
    cell: ({ certificateNotAfter }) => <Certificate notAfter={certificateNotAfter} />,
  },
];

/** What a proxy would not take, in Envoy's words, with the document that caused it. */
export function Refusals({ proxy }: { readonly proxy: ProxyView }): ReactNode {
  return (
    <ul className="refusals">
      {proxy.refusals.map(({ resource, documents, words, at }) => (
        <li key={`${resource} ${at}`} className="note bad">
          <State state="bad" />
          <div>
            <p>
              {documents.map(({ kind, namespace, name }) => `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`).join(', ') || resource}
              <span className="faint">
                {' '}
                · <Since at={at} /> ago
              </span>
            </p>
            <p className="mono">{words}</p>
            <p className="soft">It runs on with the last good configuration.</p>
          </div>
        </li>
      ))}
    </ul>
  );
}
