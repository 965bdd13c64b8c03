// What is wanted of the service, and how much of the budget of errors is left. Nothing where nothing is wanted.
import type { ReactNode } from 'react';
import type { ObjectivesView, ObjectiveView } from '../../../../src/api/index.ts';
import { useLive } from '../../api/live.ts';
import { Command } from '../../parts/command.tsx';
import { DocumentLink } from '../../parts/document-link.tsx';
import { age, count, millis, percent } from '../../parts/format.ts';
import { State, type StateName } from '../../parts/state.tsx';
import { type Column, Table } from '../../parts/table.tsx';

const HOUR_MS = 3_600_000;
/** As `weft check` sees it: at this pace somebody should look now. */
const FAST = 6;
const LITTLE = 0.25;

function stateOf({ budgetLeft, requests }: ObjectiveView): StateName {
  if (requests === 0) return 'none';
  return budgetLeft <= 0 ? 'bad' : budgetLeft < LITTLE ? 'warn' : 'ok';
}

const wanted = ({ aim, percent: share, belowMs = 0 }: ObjectiveView): string => `${share} % ${aim === 'availability' ? 'succeed' : `below ${millis(belowMs)}`}`;

function Left({ objective }: { readonly objective: ObjectiveView }): ReactNode {
  const { budgetLeft, requests } = objective;
  const share = Math.max(0, Math.min(1, budgetLeft));
  const words = requests === 0 ? 'no requests' : budgetLeft < 0 ? `${percent(-budgetLeft)} over` : percent(budgetLeft);
  return (
    <span className="budget">
      <State state={stateOf(objective)} />
      <span className="budget-bar" aria-hidden="true">
        <span className={`budget-left ${stateOf(objective)}`} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="num">{words}</span>
    </span>
  );
}

function Burn({ objective, overMs }: { readonly objective: ObjectiveView; readonly overMs: number }): ReactNode {
  const burn = objective.burn.find((each) => each.overMs === overMs);
  if (burn === undefined || burn.requests === 0) return '–';
  const words = `${burn.rate >= 10 ? Math.round(burn.rate) : Number(burn.rate.toFixed(1))}×`;
  return burn.rate > 1 ? <State state={burn.rate >= FAST ? 'bad' : 'warn'} label={words} /> : words;
}

function lasts({ budgetLeft, lastsMs }: ObjectiveView): string {
  if (budgetLeft <= 0) return 'gone';
  return lastsMs === undefined ? 'to the end' : age(lastsMs);
}

const COLUMNS: readonly Column<ObjectiveView>[] = [
  { id: 'wanted', title: 'Wanted', cell: wanted },
  { id: 'reached', title: 'Reached', number: true, cell: ({ reached }) => (reached === null ? '–' : percent(reached / 100)) },
  { id: 'left', title: 'Budget left', cell: (objective) => <Left objective={objective} /> },
  { id: 'hour', title: 'Pace, 1 h', number: true, cell: (objective) => <Burn objective={objective} overMs={HOUR_MS} /> },
  { id: 'six', title: '6 h', number: true, spare: true, cell: (objective) => <Burn objective={objective} overMs={6 * HOUR_MS} /> },
  { id: 'lasts', title: 'Lasts', number: true, cell: lasts },
  { id: 'requests', title: 'Not as wanted', number: true, spare: true, cell: ({ bad, requests }) => `${count(bad)} of ${count(requests)}` },
  { id: 'window', title: 'Over', number: true, spare: true, cell: ({ windowMs }) => `${windowMs / (24 * HOUR_MS)} d` },
  { id: 'by', title: 'Said by', spare: true, cell: ({ at }) => <DocumentLink document={at} bare /> },
];

/** Objectives of a service, `namespace/name`. */
export function Objectives({ service }: { readonly service: string }): ReactNode {
  const { data } = useLive<ObjectivesView>('/weft/v1/objectives', { query: { service }, everyMs: 15_000 });
  if (data === undefined || data.items.length === 0) return null;
  return (
    <section className="section">
      <h2>Objectives</h2>
      <Table caption="Objectives" columns={COLUMNS} rows={data.items} keyOf={({ aim }) => aim} />
      <Command text={`weft slo ${service}`} />
    </section>
  );
}
