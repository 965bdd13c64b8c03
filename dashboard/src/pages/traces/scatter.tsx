import type { ReactNode } from 'react';
import type { TraceSummary } from '../../../../src/api/index.ts';
import { clock, millis } from '../../parts/format.ts';
import { Go } from '../../parts/link.tsx';
import { ticksOf } from '../overview/strip-shape.ts';

const HEIGHT = 132;
const PAD = { left: 56, right: 12, top: 8, bottom: 20 };
const WIDTH = 1000;

/** Where each trace stands: when it began, and how long it took (on a logarithmic scale). */
export function Scatter({ traces, from, to }: { readonly traces: readonly TraceSummary[]; readonly from: number; readonly to: number }): ReactNode {
  const longest = Math.max(...traces.map(({ durationUs }) => durationUs), 10_000);
  const shortest = Math.max(1, Math.min(...traces.map(({ durationUs }) => durationUs), 1000));
  const [low, high] = [Math.floor(Math.log10(shortest)), Math.ceil(Math.log10(longest))];
  const inner = HEIGHT - PAD.top - PAD.bottom;
  const x = (at: number): number => PAD.left + ((at - from) / Math.max(1, to - from)) * (WIDTH - PAD.left - PAD.right);
  const y = (us: number): number => PAD.top + inner - ((Math.log10(Math.max(1, us)) - low) / Math.max(1, high - low)) * inner;
  const powers = Array.from({ length: high - low + 1 }, (_, at) => 10 ** (low + at));
  return (
    <figure className="scatter">
      <figcaption className="hidden">Duration of each trace by the time it began; the table below says the same.</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        {powers.map((us) => (
          <line key={us} x1={PAD.left} x2={WIDTH - PAD.right} y1={y(us)} y2={y(us)} />
        ))}
      </svg>
      {powers.map((us) => (
        <span key={us} className="num faint scale" style={{ top: `${y(us)}px` }} aria-hidden="true">
          {millis(us / 1000)}
        </span>
      ))}
      <div className="when mono faint" aria-hidden="true">
        {ticksOf(from, to, 4).map((at) => (
          <span key={at}>{clock(at, to)}</span>
        ))}
      </div>
      {traces.map(({ id, at, durationUs, error, service, name }) => (
        <span key={id} className="dot" style={{ left: `${(x(Date.parse(at)) / WIDTH) * 100}%`, top: `${y(durationUs)}px` }}>
          <Go to={`/traces/${id}`} className={error ? 'failed' : ''} label={`${service} ${name}, ${millis(durationUs / 1000)}${error ? ', failed' : ''}`}>
            {''}
          </Go>
        </span>
      ))}
    </figure>
  );
}
