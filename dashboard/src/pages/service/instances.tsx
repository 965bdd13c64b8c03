// What runs the service: instances with version, zone, health and certificate.
import type { ReactNode } from 'react';
import type { ProxyView } from '../../../../src/api/index.ts';
import { type DocumentView, useDocuments } from '../../api/documents.ts';
import { useLive } from '../../api/live.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { Go } from '../../parts/link.tsx';
import { Since } from '../../parts/since.tsx';
import { State, type StateName } from '../../parts/state.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { SYNC_STATES } from '../proxies/sync.ts';

interface Instance {
  readonly workload: DocumentView;
  readonly proxy: ProxyView | undefined;
}

const HEALTH: Readonly<Record<string, StateName>> = { Ready: 'ok', NotReady: 'bad', Draining: 'warn' };

const spec = ({ workload }: Instance, field: string, otherwise: string): string => String(workload.spec?.[field] || otherwise);

/** Its own, that of its node, or none. */
function ProxyState({ workload, proxy }: Instance): ReactNode {
  if (proxy !== undefined)
    return (
      <Go to="/proxies" search={{ q: proxy.id }}>
        <State state={SYNC_STATES[proxy.sync]} label={proxy.sync} />
      </Go>
    );
  const { node } = (workload.spec?.['proxy'] ?? {}) as { readonly node?: string };
  if (node === undefined) return <State state="warn" label="none" />;
  return (
    <Go to="/proxies" search={{ q: node }}>
      of node {node}
    </Go>
  );
}

const COLUMNS: readonly Column<Instance>[] = [
  { id: 'name', title: 'Instance', cell: ({ workload }) => <span className="mono">{workload.metadata.name}</span> },
  { id: 'version', title: 'Version', cell: ({ workload }) => <span className="mono">{workload.metadata.labels?.['version'] ?? '–'}</span> },
  { id: 'zone', title: 'Zone', spare: true, cell: (instance) => spec(instance, 'zone', '–') },
  {
    id: 'health',
    title: 'Health',
    cell: (instance) => {
      const state = spec(instance, 'state', 'Ready');
      return <State state={HEALTH[state] ?? 'warn'} label={state === 'NotReady' ? 'not ready' : state.toLowerCase()} />;
    },
  },
  { id: 'address', title: 'Address', spare: true, cell: (instance) => <span className="mono">{spec(instance, 'address', '–')}</span> },
  {
    id: 'proxy',
    title: 'Proxy',
    cell: (instance) => <ProxyState {...instance} />,
  },
  { id: 'certificate', title: 'Identity valid', number: true, spare: true, cell: ({ proxy }) => <Since at={proxy?.certificateNotAfter ?? 0} none="–" /> },
];

/** Whether a workload has every label that a selector names; an empty selector selects nothing. */
function selects(selector: Readonly<Record<string, string>>, { metadata }: DocumentView): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([name, value]) => metadata.labels?.[name] === value);
}

export function Instances({ namespace, name }: { readonly namespace: string; readonly name: string }): ReactNode {
  const services = useDocuments('v1', 'services', namespace);
  const workloads = useDocuments('weft.dev/v1alpha1', 'workloads', namespace);
  const proxies = useLive<{ readonly items: readonly ProxyView[] }>('/weft/v1/proxies', { query: { namespace } });
  const service = services.data?.items.find(({ metadata }) => metadata.name === name);
  if (services.data === undefined || workloads.data === undefined) return null;
  const selector = (service?.spec?.['selector'] ?? {}) as Readonly<Record<string, string>>;
  const rows = workloads.data.items
    .filter((workload) => selects(selector, workload))
    .map((workload): Instance => ({ workload, proxy: proxies.data?.items.find(({ id }) => id === `${namespace}/${workload.metadata.name}`) }));
  return (
    <section className="section">
      <h2>Instances</h2>
      {rows.length === 0 ? (
        <EmptyState title="Nothing runs it" command={`weft run --service ${name} -n ${namespace} --port 8080 -- <command>`}>
          {service === undefined ? 'No document declares a service of this name.' : 'No workload has the labels that the service selects.'}
        </EmptyState>
      ) : (
        <Table caption="Instances" columns={COLUMNS} rows={rows} keyOf={({ workload }) => workload.metadata.name} />
      )}
    </section>
  );
}
