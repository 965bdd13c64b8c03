import type { ReactNode } from 'react';
import type { TraceSummary, TracesView } from '../../../../src/api/index.ts';
import { useLive } from '../../api/live.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { millis, percent } from '../../parts/format.ts';
import { Go } from '../../parts/link.tsx';
import { Since, useNow } from '../../parts/since.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { useAddress } from '../../state/use-address.ts';
import { Answer } from '../trace/waterfall.tsx';
import { MOST, questionOf, STATUSES } from './filters.ts';
import { Scatter } from './scatter.tsx';
import './traces.css';

const byText = (of: (trace: TraceSummary) => string) => (a: TraceSummary, b: TraceSummary) => (of(a) < of(b) ? -1 : 1);

function Settling({ spans }: { readonly spans: number }): ReactNode {
  return (
    <span className="soft" title="Of just now: more of it may come">
      {spans}
      <span aria-hidden="true">+</span>
      <span className="hidden"> so far</span>
    </span>
  );
}

const columns = (longest: number): readonly Column<TraceSummary>[] => [
  { id: 'at', title: 'Age', order: byText(({ at }) => at), cell: ({ at }) => <Since at={Date.parse(at)} /> },
  {
    id: 'what',
    title: 'Request',
    order: byText(({ service, name }) => `${service} ${name}`),
    cell: ({ id, service, name }) => (
      <Go to={`/traces/${id}`} className="link">
        <span className="faint">{service === '' ? 'outside' : service}</span> <span className="mono">{name}</span>
      </Go>
    ),
  },
  { id: 'status', title: 'Answer', order: (a, b) => a.status - b.status, cell: ({ status, error }) => <Answer status={status} error={error} /> },
  {
    id: 'duration',
    title: 'Duration',
    number: true,
    order: (a, b) => a.durationUs - b.durationUs,
    cell: ({ durationUs }) => (
      <span className="took">
        <span className="share" aria-hidden="true">
          <i style={{ width: `${(durationUs / longest) * 100}%` }} />
        </span>
        {millis(durationUs / 1000)}
      </span>
    ),
  },
  {
    id: 'services',
    title: 'Services',
    number: true,
    spare: true,
    order: (a, b) => a.services.length - b.services.length,
    cell: ({ services }) => services.length,
  },
  {
    id: 'spans',
    title: 'Spans',
    number: true,
    spare: true,
    order: (a, b) => a.spans - b.spans,
    cell: ({ spans, settling }) => (settling ? <Settling spans={spans} /> : spans),
  },
  {
    id: 'sure',
    title: 'Inferred',
    number: true,
    spare: true,
    order: (a, b) => a.confidence - b.confidence,
    cell: ({ inferred, confidence }) => (inferred === 0 ? <span className="faint">none</span> : `${inferred}, ${percent(confidence)} sure`),
  },
];

const FIELDS = [
  { name: 'service', label: 'Service', placeholder: 'namespace/service' },
  { name: 'path', label: 'Path begins with', placeholder: '/path' },
  { name: 'minMs', label: 'At least, ms', placeholder: 'min ms' },
  { name: 'maxMs', label: 'At most, ms', placeholder: 'max ms' },
  { name: 'request', label: 'Request id begins with', placeholder: 'request id' },
] as const;

function Filters(): ReactNode {
  const { search, set } = useAddress();
  return (
    <search className="toolbar">
      <select
        className="text-field"
        aria-label="Answer"
        value={search['status'] ?? ''}
        onChange={({ target }) => set({ status: target.value }, { keep: true })}
      >
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {status === '' ? 'any answer' : status}
          </option>
        ))}
      </select>
      {FIELDS.map(({ name, label, placeholder }) => (
        <input
          key={name}
          type="search"
          className={`text-field${name.endsWith('Ms') ? ' narrow' : ''}`}
          inputMode={name.endsWith('Ms') ? 'numeric' : 'text'}
          aria-label={label}
          placeholder={placeholder}
          value={search[name] ?? ''}
          onChange={({ target }) => set({ [name]: target.value }, { keep: true })}
        />
      ))}
    </search>
  );
}

function Found({ items }: { readonly items: readonly TraceSummary[] }): ReactNode {
  const { search, span, set } = useAddress();
  const now = useNow();
  const [from, to] = span.kind === 'last' ? [now - span.ms, now] : [span.from, span.to];
  const longest = Math.max(1, ...items.map(({ durationUs }) => durationUs));
  return (
    <>
      <Scatter traces={items} from={from} to={to} />
      <Table
        caption="Traces"
        columns={columns(longest)}
        rows={items}
        keyOf={({ id }) => id}
        sort={search['sort']}
        onSort={(sort) => set({ sort }, { keep: true })}
      />
      {items.length < MOST ? null : <p className="faint">The newest {MOST}; narrow the search to see others.</p>}
    </>
  );
}

/** Requests that were traced, by what they were and how they fared. */
export function Page(): ReactNode {
  const { namespace, search, span } = useAddress();
  const { data, error } = useLive<TracesView>('/weft/v1/traces', { query: questionOf(search, namespace, span) });
  const filtered = FIELDS.some(({ name }) => (search[name] ?? '') !== '') || (search['status'] ?? '') !== '';
  return (
    <div className="page">
      <Filters />
      {error !== null ? <ErrorNote error={error} still="Proxies go on telling; what they tell is kept." /> : null}
      {data === undefined ? null : data.items.length > 0 ? (
        <Found items={data.items} />
      ) : filtered ? (
        <EmptyState title="No trace fits">
          Take a filter away, or look at a longer time. One request of a hundred is traced unless a TelemetryPolicy says otherwise.
        </EmptyState>
      ) : (
        <EmptyState title="No request was traced in this time" command="weft traces --since 1h">
          Every proxy tells of one request of a hundred, whole, across all services. To see more, raise the share in a TelemetryPolicy (spec.tracing).
        </EmptyState>
      )}
    </div>
  );
}
