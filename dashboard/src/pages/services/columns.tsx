import type { ServiceStatView } from '../../../../src/api/index.ts';
import { bytes, millis, percent, rate } from '../../parts/format.ts';
import { ServiceLink } from '../../parts/link.tsx';
import { State } from '../../parts/state.tsx';
import type { Column } from '../../parts/table.tsx';
import { stateOf } from '../../state/golden.ts';

export interface ServiceRow {
  readonly service: string;
  /** Undefined: nothing was counted. */
  readonly golden: ServiceStatView | undefined;
}

const NOTHING = <span className="faint">–</span>;

const failing = ({ golden }: ServiceRow): number => (golden?.successRate === null || golden === undefined ? 0 : 1 - golden.successRate);
const busy = ({ golden }: ServiceRow): number => golden?.rps ?? -1;
const slow = ({ golden }: ServiceRow): number => golden?.p99Ms ?? -1;

function failedCell(row: ServiceRow): React.ReactNode {
  if (row.golden === undefined || row.golden.requests === 0) return NOTHING;
  const state = stateOf(row.golden.failures, failing(row));
  return state === 'ok' ? percent(failing(row)) : <State state={state} label={percent(failing(row))} />;
}

export const COLUMNS: readonly Column<ServiceRow>[] = [
  { id: 'service', title: 'Service', order: (a, b) => (a.service < b.service ? -1 : 1), cell: ({ service }) => <ServiceLink service={service} /> },
  { id: 'rate', title: 'Rate', number: true, order: (a, b) => busy(a) - busy(b), cell: ({ golden }) => (golden === undefined ? NOTHING : rate(golden.rps)) },
  { id: 'failed', title: 'Failed', number: true, order: (a, b) => failing(a) - failing(b) || busy(a) - busy(b), cell: failedCell },
  { id: 'p50', title: 'p50', number: true, spare: true, cell: ({ golden }) => millis(golden?.p50Ms ?? null) },
  { id: 'p90', title: 'p90', number: true, spare: true, cell: ({ golden }) => millis(golden?.p90Ms ?? null) },
  { id: 'p99', title: 'p99', number: true, order: (a, b) => slow(a) - slow(b), cell: ({ golden }) => millis(golden?.p99Ms ?? null) },
  {
    id: 'bytes',
    title: 'Bytes out',
    number: true,
    spare: true,
    cell: ({ golden }) => (golden === undefined ? NOTHING : `${bytes(golden.sentBytesPerSecond)}/s`),
  },
  {
    id: 'secured',
    title: 'Mutual TLS',
    number: true,
    spare: true,
    cell: ({ golden }) => {
      if (golden === undefined || golden.secured === null) return NOTHING;
      return golden.secured === 1 ? percent(1) : <State state="warn" label={percent(golden.secured)} />;
    },
  },
];
