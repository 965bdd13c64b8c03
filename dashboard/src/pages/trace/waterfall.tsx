import { Fragment, type ReactNode, useState } from 'react';
import type { SpanView, TraceView } from '../../../../src/api/index.ts';
import { Command } from '../../parts/command.tsx';
import { DocumentLink } from '../../parts/document-link.tsx';
import { millis, percent } from '../../parts/format.ts';
import { Go } from '../../parts/link.tsx';
import { State } from '../../parts/state.tsx';
import { culpritOf, type Hop, hopsOf, partsOf, ticksOf } from './hops.ts';

/** Of the control plane, which stands behind no proxy: `push HTTPRoute shop/checkout`. */
export const OWN_SERVICE = 'weft-system/weft';

const time = (us: number): string => millis(us / 1000);

/** Who answered how: nothing of it is colour alone. */
export function Answer({ status, grpcStatus = '', error }: { readonly status: number; readonly grpcStatus?: string; readonly error: boolean }): ReactNode {
  const words = status === 0 ? 'no answer' : grpcStatus === '' ? String(status) : `${status} grpc ${grpcStatus}`;
  return error ? <State state="bad" label={words} /> : <span className="num">{words}</span>;
}

function Bar({ hop, from, span }: { readonly hop: Hop; readonly from: number; readonly span: number }): ReactNode {
  const at = (us: number): string => `${((hop.startUs - from + us) / span) * 100}%`;
  const wide = (us: number): string => `${(us / span) * 100}%`;
  const late = (hop.startUs - from) / span > 0.7;
  return (
    <span className={`bar${hop.error ? ' failed' : ''}`} aria-hidden="true">
      {partsOf(hop).map((part) => (
        <i key={part.of} className={part.of} style={{ left: at(part.fromUs), width: wide(part.toUs - part.fromUs) }} />
      ))}
      <b className="num" style={late ? { right: `calc(100% - ${at(0)} + 6px)` } : { left: `calc(${at(hop.durationUs)} + 6px)` }}>
        {time(hop.durationUs)}
      </b>
    </span>
  );
}

function fieldsOf(span: SpanView): readonly (readonly [string, string])[] {
  const share =
    span.proxyUs < 0 ? '' : `${time(span.proxyUs)} of ${time(span.durationUs)} (${percent(span.durationUs === 0 ? 0 : span.proxyUs / span.durationUs)})`;
  const pairs: readonly (readonly [string, string])[] = [
    ['workload', span.service === OWN_SERVICE ? '' : span.workload],
    ['asked', `${span.method} ${span.host}${span.path}`],
    ['route', span.route],
    ['tries', span.attempts > 1 ? String(span.attempts) : ''],
    ['proxy took', share],
    ['upstream', span.upstream],
    ['reason', span.reason || span.cause],
    ['policy', span.policy],
    ['Envoy says', span.flags.join(' ')],
    ...Object.entries(span.attributes),
  ];
  return pairs.filter(([, value]) => value.trim() !== '');
}

/** `FaultPolicy shop/lab` as a link to it. */
function Policy({ words }: { readonly words: string }): ReactNode {
  const [, kind, namespace = '', name] = /^(\w+) (?:([\w.-]+)\/)?([\w.-]+)$/.exec(words) ?? [];
  return kind === undefined || name === undefined ? words : <DocumentLink document={{ kind, namespace, name }} />;
}

/** What a push was about: `HTTPRoute shop/a, Service shop/b and 3 more`. */
function Documents({ words }: { readonly words: string }): ReactNode {
  const [named = '', more] = words.split(/( and \d+ more)$/);
  return (
    <>
      {named.split(', ').map((each, at) => (
        <Fragment key={each}>
          {at === 0 ? null : ', '}
          <Policy words={each} />
        </Fragment>
      ))}
      {more}
    </>
  );
}

function Fields({ title, span }: { readonly title: string; readonly span: SpanView }): ReactNode {
  return (
    <section>
      <h3>{title}</h3>
      <dl className="fields">
        {fieldsOf(span).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="mono">{name === 'policy' ? <Policy words={value} /> : name === 'documents' ? <Documents words={value} /> : value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Detail({ hop }: { readonly hop: Hop }): ReactNode {
  const request = (hop.server ?? hop.client)?.request ?? '';
  return (
    <div className="hop-detail">
      {hop.confidence === undefined ? null : (
        <p className="soft">
          That this happened because of the line above was inferred from times, {percent(hop.confidence)} sure: the service does not pass on trace headers.
        </p>
      )}
      <div className="ends">
        {hop.client === undefined ? null : <Fields title={hop.client.side === 'gateway' ? 'At the gateway' : 'At the caller'} span={hop.client} />}
        {hop.server === undefined ? null : <Fields title={isOwn(hop) ? 'By the control plane' : `At ${hop.service}`} span={hop.server} />}
      </div>
      {request === '' ? null : <Command text={`weft explain --request ${request}`} />}
    </div>
  );
}

/** What the control plane did itself is no request: nobody answers it. */
const isOwn = ({ server, client }: Hop): boolean => (server ?? client)?.service === OWN_SERVICE;

function Answered({ hop }: { readonly hop: Hop }): ReactNode {
  if (!isOwn(hop)) return <Answer status={hop.status} grpcStatus={(hop.server ?? hop.client)?.grpcStatus ?? ''} error={hop.error} />;
  return hop.error ? <State state="bad" label="failed" /> : null;
}

const answerOf = (hop: Hop): string => (isOwn(hop) ? '' : `${hop.status === 0 ? 'no answer' : hop.status}, `);

interface LineProps {
  readonly hop: Hop;
  readonly from: number;
  readonly span: number;
  /** It is the one that one came for. */
  readonly begun: boolean;
}

function Line({ hop, from, span, begun }: LineProps): ReactNode {
  const [open, setOpen] = useState(begun);
  const sure = hop.confidence === undefined ? '' : `, inferred, ${percent(hop.confidence)} sure`;
  return (
    <li>
      <button
        type="button"
        className={`hop${hop.confidence === undefined ? '' : ' inferred'}`}
        aria-expanded={open}
        aria-label={`${hop.service} ${hop.name}, ${hop.error ? 'failed, ' : ''}${answerOf(hop)}${time(hop.durationUs)}${sure}`}
        onClick={() => setOpen(!open)}
      >
        <span className="who" style={{ paddingLeft: `${Math.min(hop.depth, 12) * 14}px` }}>
          {hop.depth === 0 ? null : <i className="elbow" aria-hidden="true" />}
          <span className="what">
            {isOwn(hop) ? (
              hop.name
            ) : (
              <>
                <strong>{hop.service}</strong> <span className="soft mono">{hop.name}</span>
              </>
            )}
          </span>
          {hop.confidence === undefined ? null : <span className="faint num">{percent(hop.confidence)}</span>}
          <Answered hop={hop} />
        </span>
        <Bar hop={hop} from={from} span={span} />
      </button>
      {open ? <Detail hop={hop} /> : null}
    </li>
  );
}

/** The whole request, hop by hop, over one axis of time. */
export function Waterfall({ trace }: { readonly trace: TraceView }): ReactNode {
  const hops = hopsOf(trace.tree);
  const from = Math.min(...hops.map(({ startUs }) => startUs));
  const culprit = culpritOf(hops);
  const span = Math.max(1, Math.max(...hops.map(({ startUs, durationUs }) => startUs + durationUs)) - from);
  return (
    <section className="waterfall" aria-label="Hops">
      <div className="axis" aria-hidden="true">
        <span />
        <span className="ticks">
          {ticksOf(span).map((tick) => (
            <span key={tick} className="num faint" style={{ left: `${(tick / span) * 100}%` }}>
              {tick === 0 ? '0' : time(tick)}
            </span>
          ))}
        </span>
      </div>
      <ol>
        {hops.map((hop) => (
          <Line key={hop.id} hop={hop} from={from} span={span} begun={hop === culprit || (isOwn(hop) && hop.depth === 0)} />
        ))}
      </ol>
      {trace.service === OWN_SERVICE ? null : <Key inferred={trace.inferred > 0} />}
    </section>
  );
}

function Key({ inferred }: { readonly inferred: boolean }): ReactNode {
  return (
    <p className="key faint">
      <span>
        <i className="application" /> application
      </span>
      <span>
        <i className="proxy" /> its proxy
      </span>
      <span>
        <i className="way" /> on the way, and the caller’s proxy
      </span>
      {inferred ? (
        <span>
          <i className="dashes" /> inferred from times
        </span>
      ) : null}
    </p>
  );
}

/** Requests like this one, and how they fared. */
export function Like({ trace }: { readonly trace: TraceView }): ReactNode {
  const first = trace.tree[0];
  if (first === undefined || trace.service === '' || trace.service === OWN_SERVICE) return null;
  const search = { service: trace.service, path: first.path.split(/[?…]/)[0] };
  return (
    <p className="like">
      Similar requests:{' '}
      <Go to="/traces" search={search} className="link">
        all
      </Go>
      ,{' '}
      <Go to="/traces" search={{ ...search, maxMs: String(Math.max(1, Math.round(trace.durationUs / 2000))) }} className="link">
        twice as fast
      </Go>
      {trace.error ? null : (
        <>
          ,{' '}
          <Go to="/traces" search={{ ...search, status: 'failed' }} className="link">
            failed
          </Go>
        </>
      )}
    </p>
  );
}
