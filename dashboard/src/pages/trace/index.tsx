import type { ReactNode } from 'react';
import type { TraceView } from '../../../../src/api/index.ts';
import { ApiError } from '../../api/client.ts';
import { useLive } from '../../api/live.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { millis, moment, percent } from '../../parts/format.ts';
import { ServiceLink } from '../../parts/link.tsx';
import { Since } from '../../parts/since.tsx';
import { State } from '../../parts/state.tsx';
import { useAddress } from '../../state/use-address.ts';
import './trace.css';
import { Answer, Like, OWN_SERVICE, Waterfall } from './waterfall.tsx';

/** Proxies tell of a request one after the other; of one that took long the outer part comes last. */
const again = ({ settling, at }: TraceView): number => (settling ? 1000 : Date.now() - Date.parse(at) < 90_000 ? 5000 : 0);

/** What one request went through, hop by hop. */
export function Page(): ReactNode {
  const { params } = useAddress();
  const id = params['id'] ?? '';
  const { data, error } = useLive<TraceView>(`/weft/v1/traces/${encodeURIComponent(id)}`, { everyMs: again });
  if (error instanceof ApiError && error.status === 404)
    return (
      <EmptyState title="There is no such trace any more" command="weft traces --since 1h">
        Traces are kept as long as there is room for them, and one request of a hundred is traced unless a TelemetryPolicy says otherwise.
      </EmptyState>
    );
  if (error !== null) return <ErrorNote error={error} still="Proxies go on telling; nothing of it is lost by looking." />;
  if (data === undefined) return null;
  const own = data.service === OWN_SERVICE;
  return (
    <div className="page trace">
      <header>
        <h2>
          {own ? (
            data.name
          ) : (
            <>
              <ServiceLink service={data.service} /> <span className="soft mono">{data.name}</span>
            </>
          )}
        </h2>
        <p className="facts">
          {own ? data.error ? <State state="bad" label="failed" /> : null : <Answer status={data.status} error={data.error} />}
          <span className="num">{millis(data.durationUs / 1000)}</span>
          <span title={moment(Date.parse(data.at))}>
            <Since at={Date.parse(data.at)} /> ago
          </span>
          <span hidden={own}>
            {data.spans} {data.spans === 1 ? 'span' : 'spans'} in {data.services.length} {data.services.length === 1 ? 'service' : 'services'}
          </span>
          {data.inferred === 0 ? null : (
            <span>
              {data.inferred} inferred, together {percent(data.confidence)} sure
            </span>
          )}
          {data.settling ? <span className="faint">of just now: more of it may come</span> : null}
          {data.orphans === 0 ? null : <span>{data.orphans} whose caller did not tell</span>}
        </p>
      </header>
      <Waterfall trace={data} />
      <Like trace={data} />
    </div>
  );
}
