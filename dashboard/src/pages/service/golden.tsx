// Rate, failures and latency over time, with changes as marks. One request for all three, by code and together.
import type { ReactNode } from 'react';
import type { ChangesView, SeriesLine, SeriesView } from '../../../../src/api/index.ts';
import { useLive } from '../../api/live.ts';
import { Chart, type ChartLine } from '../../parts/chart.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { millis, percent, rate } from '../../parts/format.ts';
import { useNow } from '../../parts/since.tsx';
import { spanQuery } from '../../state/address.ts';
import { wholeSteps } from '../../state/series.ts';
import { useAddress } from '../../state/use-address.ts';

const perSecond = (counts: readonly number[], stepMs: number): readonly number[] => counts.map((count) => (count * 1000) / stepMs);

function latency({ p50Ms, p90Ms, p99Ms }: SeriesLine): readonly ChartLine[] {
  return [
    { name: 'p50', values: p50Ms, colour: 'accent' },
    { name: 'p90', values: p90Ms, colour: 'band-1', band: 'band-1' },
    { name: 'p99', values: p99Ms, colour: 'band-1', band: 'band-2' },
  ];
}

function Charts({ series, changes, service }: { readonly series: SeriesView; readonly changes: ChangesView | undefined; readonly service: string }): ReactNode {
  const { set } = useAddress();
  const [line] = series.lines;
  if (line === undefined)
    return (
      <EmptyState title="No request was counted in this time" command={`weft requests --service ${service}`}>
        Numbers come from the proxies of its callers, and from its own. A longer time may show some.
      </EmptyState>
    );
  const { times, stepMs } = series;
  const shared = {
    times,
    changes: changes?.items ?? [],
    onRange: (from: number, to: number) => set({ range: undefined, from: new Date(from).toISOString(), to: new Date(to).toISOString() }),
  };
  const failed = line.requests.map((count, at) => (count === 0 ? 0 : (line.failures[at] ?? 0) / count));
  return (
    <div className="golden">
      <Chart {...shared} title="Rate" format={rate} lines={[{ name: '', values: perSecond(line.requests, stepMs), colour: 'accent', area: 'band-2' }]} />
      <Chart {...shared} title="Failed" format={percent} least={0.02} lines={[{ name: '', values: failed, colour: 'bad', area: 'bad-soft' }]} />
      <Chart {...shared} title="Latency" format={millis} lines={latency(line)} />
    </div>
  );
}

/** The golden charts of a service, `namespace/name`. */
export function Golden({ service }: { readonly service: string }): ReactNode {
  const { span } = useAddress();
  const now = useNow();
  const query = { service, ...spanQuery(span) };
  const series = useLive<SeriesView>('/weft/v1/series', { query });
  const [namespace = ''] = service.split('/');
  const changes = useLive<ChangesView>('/weft/v1/changes', { query: { namespace, ...spanQuery(span), limit: 200 }, everyMs: 10_000 });
  if (series.error !== null) return <ErrorNote error={series.error} still="Instances, policies and routes below are not measured, and still right." />;
  return series.data === undefined ? (
    <div className="golden-room" />
  ) : (
    <Charts series={wholeSteps(series.data, now)} changes={changes.data} service={service} />
  );
}
