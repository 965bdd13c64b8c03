import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useRef } from 'react';
import type { TapEnd, TapRequest } from '../../../../src/api/index.ts';
import { Command } from '../../parts/command.tsx';
import { bytes, millis } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { Go } from '../../parts/link.tsx';
import { Answer } from '../trace/waterfall.tsx';
import type { Tapped } from './stream.ts';

const ROW_PX = 30;

const endOf = ({ service, workload, principal, address }: TapEnd): string =>
  service || workload || principal.replace(/^spiffe:\/\/[^/]+\/ns\/([^/]+)\/sa\//, '$1/') || address || 'unknown';

/** Where there is little room the namespace gives way first. */
function End({ end }: { readonly end: TapEnd }): ReactNode {
  const [first = '', ...rest] = endOf(end).split('/');
  if (rest.length === 0) return first;
  return (
    <>
      <span className="of">{first}/</span>
      {rest.join('/')}
    </>
  );
}

const failed = ({ status, cause, grpcStatus }: TapRequest): boolean =>
  status === 0 || status >= 500 || cause !== '' || (grpcStatus !== '' && grpcStatus !== '0' && grpcStatus !== 'OK');

const clockOf = (at: string): string => new Date(at).toISOString().slice(11, 23);

function Row({ request, chosen, choose }: { readonly request: TapRequest; readonly chosen: boolean; choose(): void }): ReactNode {
  const { source, destination, secured, method, path, status, grpcStatus, cause, durationUs, at, side } = request;
  return (
    <button type="button" className="tapped" aria-expanded={chosen} onClick={choose}>
      <span className="num faint spare">{clockOf(at)}</span>
      <span className="ends">
        <End end={source} /> <Icon name={secured ? 'lock' : 'right'} size={12} />{' '}
        <strong>
          <End end={destination} />
        </strong>
      </span>
      <span className="mono what">
        {method} {path}
      </span>
      <span className="answer">
        <Answer status={status} grpcStatus={grpcStatus} error={failed(request)} />
        {cause === '' ? null : <span className="soft"> {cause}</span>}
      </span>
      <span className="num">{millis(durationUs / 1000)}</span>
      <span className="faint spare">{side}</span>
    </button>
  );
}

/** One request, whole, and where to go from it. */
export function Chosen({ request, close }: { readonly request: TapRequest; close(): void }): ReactNode {
  const { reason, policy, route, authority, requestBytes, responseBytes, retries, flags, upstreamUs, durationUs } = request;
  const pairs: readonly (readonly [string, string])[] = [
    ['from', request.source.principal || request.source.address],
    ['to', `${request.destination.service || request.destination.workload} ${request.destination.address}`],
    ['asked', `${request.method} ${authority}${request.path}`],
    ['route', route],
    ['reason', reason],
    ['policy', policy],
    ['tries', retries > 0 ? String(retries + 1) : ''],
    ['Envoy says', flags.join(' ')],
    ['took', upstreamUs < 0 ? millis(durationUs / 1000) : `${millis(durationUs / 1000)}, of it ${millis(upstreamUs / 1000)} upstream`],
    ['bytes', `${bytes(requestBytes)} in, ${bytes(responseBytes)} out`],
  ];
  return (
    <aside className="chosen" aria-label="The chosen request">
      <header>
        <h3>
          {request.method} {request.path}
        </h3>
        <button type="button" className="icon-button" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <dl className="fields">
        {pairs
          .filter(([, value]) => value.trim() !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="mono">{value}</dd>
            </div>
          ))}
      </dl>
      <Command text={`weft explain --request ${request.request}`} />
      <p>
        <Go to="/traces" search={{ request: request.request }} className="link">
          Its trace, if it was traced
        </Go>
      </p>
    </aside>
  );
}

interface RowsProps {
  readonly rows: Tapped['rows'];
  readonly chosen: number | undefined;
  choose(n: number): void;
  /** A mouse is over them, or no longer. */
  hold(over: boolean): void;
}

/** As many rows as fit are drawn, whatever is held. */
export function Rows({ rows, chosen, choose, hold }: RowsProps): ReactNode {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    getItemKey: (at) => rows[at]?.n ?? at,
  });
  return (
    <section
      ref={scroller}
      className="tap"
      aria-label="Requests, newest first"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onPointerEnter={({ pointerType }) => hold(pointerType === 'mouse')}
      onPointerLeave={() => hold(false)}
    >
      <div style={{ height: `${virtual.getTotalSize()}px` }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index];
          return row === undefined ? null : (
            <div key={key} className="at" style={{ transform: `translateY(${start}px)` }}>
              <Row request={row.request} chosen={row.n === chosen} choose={() => choose(row.n)} />
            </div>
          );
        })}
      </div>
    </section>
  );
}
