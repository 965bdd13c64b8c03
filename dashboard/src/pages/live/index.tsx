import { type ReactNode, useState } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNote } from '../../parts/error-note.tsx';
import { count } from '../../parts/format.ts';
import { State } from '../../parts/state.tsx';
import { useAddress } from '../../state/use-address.ts';
import { Filters } from './filters.tsx';
import { commandOf, questionOf } from './question.ts';
import './live.css';
import { Chosen, Rows } from './rows.tsx';
import { KEPT, type Tapped, useTap } from './stream.ts';

interface StandingProps {
  readonly tapped: Tapped;
  readonly running: boolean;
  /** Rows do not move just now. */
  readonly held: boolean;
}

function Standing({ tapped, running, held }: StandingProps): ReactNode {
  const { telling, waiting, seen, dropped, ended } = tapped;
  const words = !running
    ? 'Paused: what was seen stays'
    : telling === 0
      ? 'Asking proxies to tell'
      : `${telling} ${telling === 1 ? 'proxy tells' : 'proxies tell'}${waiting === 0 ? '' : `, ${waiting} not yet`}`;
  return (
    <p className="standing" aria-live="polite">
      {ended === undefined ? <span className="soft">{words}</span> : <State state="warn" label={ended} />}
      <span className="num faint">{count(seen)} seen</span>
      {running && held ? <span className="faint">held while you point at it</span> : null}
      {dropped === 0 ? null : <State state="warn" label={`${count(dropped)} more matched and are not shown`} />}
    </p>
  );
}

/** Requests as they happen. */
export function Page(): ReactNode {
  const { search, namespace } = useAddress();
  const [running, setRunning] = useState(false);
  const [chosen, setChosen] = useState<number>();
  const tapped = useTap(questionOf(search, namespace), running);
  // nobody can point at what moves: while a mouse is over them, rows stand, and what comes meanwhile stands there afterwards
  const [standing, setStanding] = useState<Tapped['rows']>();
  const rows = standing ?? tapped.rows;
  const clear = (): void => {
    setStanding(undefined);
    tapped.clear();
  };
  const found = rows.find(({ n }) => n === chosen);
  return (
    <div className="page live">
      <div className="toolbar">
        <button type="button" className={running ? 'button' : 'button primary'} onClick={() => setRunning(!running)}>
          {running ? 'Pause' : tapped.seen === 0 ? 'Start' : 'Go on'}
        </button>
        <Filters />
        {tapped.seen === 0 ? null : (
          <button type="button" className="button" onClick={clear}>
            Clear
          </button>
        )}
      </div>
      {tapped.error === undefined ? null : <ErrorNote error={tapped.error} still="What was seen stays; nothing of the traffic is touched." />}
      {running || tapped.seen > 0 ? <Standing tapped={tapped} running={running} held={standing !== undefined} /> : null}
      {tapped.rows.length > 0 ? (
        <div className={found === undefined ? 'both' : 'both open'}>
          <Rows
            rows={rows}
            hold={(over) => setStanding(over ? tapped.rows : undefined)}
            chosen={chosen}
            choose={(n) => setChosen(n === chosen ? undefined : n)}
          />
          {found === undefined ? null : <Chosen request={found.request} close={() => setChosen(undefined)} />}
        </div>
      ) : running ? null : (
        <EmptyState title="See requests as they happen" command={commandOf(search)}>
          Start, and the proxies concerned tell every request while this page is open; then they stop by themselves. The newest {KEPT.toLocaleString('en')} are
          kept here, at most 100 a second. Narrow it by a service, a caller, a path or a status.
        </EmptyState>
      )}
    </div>
  );
}
