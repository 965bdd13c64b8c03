// The span as one strip: requests and failures of everything, and under the same axis who changed which document. A change is a mark that can be pointed at.
import type { ReactNode } from 'react';
import type { ChangesView, ChangeView, SeriesView } from '../../../../src/api/index.ts';
import { useAllKinds } from '../../api/kinds.ts';
import { useLive } from '../../api/live.ts';
import { pageOf } from '../../parts/document-link.tsx';
import { clock, moment, rate } from '../../parts/format.ts';
import { Go } from '../../parts/link.tsx';
import { pushWords } from '../../parts/push.tsx';
import { useNow } from '../../parts/since.tsx';
import { type Span, spanQuery } from '../../state/address.ts';
import { wholeSteps } from '../../state/series.ts';
import { useAddress } from '../../state/use-address.ts';
import { areaOf, ticksOf } from './strip-shape.ts';

const HEIGHT = 44;
const WIDTH = 1000;

function windowOf(span: Span, now: number): readonly [number, number] {
  return span.kind === 'fixed' ? [span.from, span.to] : [now - span.ms, now];
}

const nameOf = ({ what }: ChangeView): string => `${what.kind} ${what.namespace === '' ? '' : `${what.namespace}/`}${what.name}`;

function Marks({ changes, from, to }: { readonly changes: readonly ChangeView[]; readonly from: number; readonly to: number }): ReactNode {
  const kinds = useAllKinds() ?? [];
  const shown = changes.filter(({ at }) => Date.parse(at) >= from && Date.parse(at) <= to).slice(0, 200);
  return (
    <ul className="strip-marks">
      {shown.map((change) => {
        const at = Date.parse(change.at);
        const reached = change.push === undefined ? '' : `; ${pushWords(change.push)}`;
        const words = `${moment(at)}: ${change.who} ${change.verb}d ${nameOf(change)} ${change.summary}${reached}`;
        const page = pageOf(kinds, change.what);
        const back = change.revision === 0 ? '' : `\nto undo it: weft rollback --change ${change.revision}`;
        return (
          <li
            key={change.seq}
            style={{ left: `${((at - from) / (to - from)) * 100}%` }}
            title={words + back}
            {...(page === undefined ? { 'aria-label': words } : {})}
          >
            {page === undefined ? null : (
              <Go to={page} label={words}>
                {null}
              </Go>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** The most of a step, per second. */
function peakOf(series: SeriesView | undefined): number {
  return Math.max(0, ...(series?.lines[0]?.requests ?? [])) * (1000 / (series?.stepMs ?? 1000));
}

function requestWords(series: SeriesView | undefined): string {
  if (series === undefined) return '';
  return peakOf(series) === 0 ? 'No requests' : `Requests of all services together, up to ${rate(peakOf(series))}`;
}

function Rates({ series, from, to }: { readonly series: SeriesView | undefined; readonly from: number; readonly to: number }): ReactNode {
  const line = series?.lines[0];
  if (series === undefined || line === undefined) return null;
  const perSecond = line.requests.map((count) => (count * 1000) / series.stepMs);
  const failed = line.failures.map((count) => (count * 1000) / series.stepMs);
  const most = Math.max(...perSecond, 0.001);
  const shape = { from, to, most, width: WIDTH, height: HEIGHT };
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`requests, at most ${rate(most)}`}>
      <path className="strip-rate" d={areaOf(series.times, perSecond, shape)} />
      <path className="strip-failed" d={areaOf(series.times, failed, shape)} />
    </svg>
  );
}

/** Requests over the span, with the changes of documents under them. */
export function Strip(): ReactNode {
  const { namespace, span } = useAddress();
  const now = useNow();
  const [from, to] = windowOf(span, now);
  const changes = useLive<ChangesView>('/weft/v1/changes', { query: { namespace, ...spanQuery(span), limit: 200 }, everyMs: 10_000 });
  const series = useLive<SeriesView>('/weft/v1/series', { query: { namespace, ...spanQuery(span) }, everyMs: 10_000 });
  const shown = series.data !== undefined ? wholeSteps(series.data, now) : undefined;
  const items = changes.data?.items ?? [];
  return (
    <section className="strip" aria-label="Requests and changes over time">
      <p className="strip-words faint">
        <span>{requestWords(shown)}</span>
        <span>
          <i className="strip-mark" aria-hidden="true" />{' '}
          {changes.data === undefined ? '' : items.length === 0 ? 'no changes' : `${items.length} ${items.length === 1 ? 'change' : 'changes'} of documents`}
        </span>
      </p>
      <div className="strip-chart">
        <Rates series={shown} from={from} to={to} />
        <Marks changes={items} from={from} to={to} />
      </div>
      <div className="strip-axis mono faint" aria-hidden="true">
        {ticksOf(from, to, 4).map((at) => (
          <span key={at}>{clock(at, now)}</span>
        ))}
      </div>
    </section>
  );
}
