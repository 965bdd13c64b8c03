// What holds at the service: every value with where it comes from, and what it overrides.
import type { ReactNode } from 'react';
import type { EffectivePolicyView, EffectiveValueView, EffectiveView } from '../../../../src/api/index.ts';
import { useLive } from '../../api/live.ts';
import { ErrorNote } from '../../parts/error-note.tsx';
import { Go } from '../../parts/link.tsx';
import { originWords } from '../../parts/origin.ts';
import { type Column, Table } from '../../parts/table.tsx';
import { useAddress } from '../../state/use-address.ts';

interface Row {
  readonly policy: EffectivePolicyView;
  readonly value: EffectiveValueView;
}

const written = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Defaults that nobody wrote. */
const isDefault = ({ value: { from, over } }: Row): boolean => over.length === 0 && (/default/.test(from.words) || from.origin.kind === 'Mesh');

const COLUMNS: readonly Column<Row>[] = [
  { id: 'policy', title: 'Policy', cell: ({ policy }) => policy.subject },
  { id: 'field', title: 'Field', cell: ({ value }) => <span className="mono">{value.path}</span> },
  {
    id: 'value',
    title: 'Value',
    cell: ({ value }) => (
      <span className={value.ignored === undefined ? 'mono' : 'mono struck'} title={value.ignored}>
        {written(value.value)}
      </span>
    ),
  },
  {
    id: 'from',
    title: 'From',
    cell: ({ value: { from } }) => (
      <span title={from.origin.path}>
        {from.words} <span className="faint">{originWords(from.origin)}</span>
      </span>
    ),
  },
  {
    id: 'over',
    title: 'Instead of',
    spare: true,
    cell: ({ value: { over, ignored } }) => (
      <span className="faint">
        {ignored === undefined ? over.map((each) => `${written(each.value)} ${each.words}`).join(', ') : `no effect here: ${ignored}`}
      </span>
    ),
  },
];

const ARRIVING = 'requests arriving at ';

/** What holds alike at every instance is said once, however many there are. */
function titleOf(title: string): string {
  const parts = title.split(', ');
  const ports = new Set(parts.map((part) => part.slice(part.lastIndexOf(':') + 1)));
  if (parts.length < 2 || !parts.every((part) => part.startsWith(ARRIVING))) return title;
  return `${ARRIVING}its ${parts.length} instances, ${ports.size === 1 ? 'port' : 'ports'} ${[...ports].join(' and ')}`;
}

function Place({ place, all }: { readonly place: EffectiveView['places'][number]; readonly all: boolean }): ReactNode {
  const rows = place.policies.flatMap((policy) => policy.values.map((value): Row => ({ policy, value }))).filter((row) => all || !isDefault(row));
  if (rows.length === 0) return null;
  return (
    <div className="section">
      <h3 title={place.title}>{titleOf(place.title)}</h3>
      <Table caption={place.title} columns={COLUMNS} rows={rows} keyOf={({ policy, value }) => `${policy.kind} ${policy.subject} ${value.path}`} />
    </div>
  );
}

export function Policies({ service }: { readonly service: string }): ReactNode {
  const { search, set } = useAddress();
  const { data, error } = useLive<EffectiveView>('/weft/v1/effective', { method: 'POST', body: { service }, everyMs: 15_000 });
  const all = search['defaults'] === 'shown';
  const said = data?.places.some(({ policies }) => policies.some((policy) => policy.values.some((value) => !isDefault({ policy, value })))) === true;
  return (
    <section className="section">
      <div className="toolbar">
        <h2>What holds here</h2>
        <button type="button" className="button" onClick={() => set({ defaults: all ? undefined : 'shown' }, { keep: true })}>
          {all ? 'Hide defaults' : 'Show defaults'}
        </button>
        <Go to="/policies" search={{ ns: service.split('/', 1)[0], for: service.split('/')[1] }} className="button">
          Write a policy
        </Go>
      </div>
      {error === null ? null : <ErrorNote error={error} still="What holds goes on holding." />}
      {data?.problem === undefined ? null : <p className="soft">{data.problem.text}</p>}
      {data !== undefined && data.problem === undefined && !said && !all ? (
        <p className="soft">Nobody wrote a policy that holds here: only defaults do.</p>
      ) : null}
      {data?.places.map((place) => (
        <Place key={place.title} place={place} all={all} />
      ))}
    </section>
  );
}
