import { EdgeLabelRenderer, type EdgeProps } from '@xyflow/react';
import { memo, type ReactNode } from 'react';
import { millis, percent, rate } from '../../parts/format.ts';
import { Icon } from '../../parts/icon.tsx';
import { State } from '../../parts/state.tsx';
import { at, curve, linkWidth, strandOffsets } from './curve.ts';
import type { GraphLink } from './graph.ts';
import { NODE_HEIGHT } from './layout.ts';

export interface LinkShown extends Record<string, unknown> {
  readonly link: GraphLink;
  readonly faded: boolean;
  /** Its numbers stand beside it. */
  readonly told: boolean;
}

/** Rate above, what is wrong or how long it takes below. */
function Label({ link }: { readonly link: GraphLink }): ReactNode {
  return (
    <span className="mono topo-numbers">
      <span>{rate(link.rps)}</span>
      {link.failing > 0 ? <span>{percent(link.failing)}</span> : <span>{millis(link.p99Ms)}</span>}
    </span>
  );
}

/** A call: as wide as it is frequent, in the colour of its state, with a lock where it is mutual TLS, and one strand for each version. */
export const CallLink = memo(function CallLink({ sourceX, sourceY, targetX, targetY, data }: EdgeProps): ReactNode {
  const { link, faded, told } = data as LinkShown;
  const ends = { from: { x: sourceX, y: sourceY }, to: { x: targetX, y: targetY } };
  const width = linkWidth(link.rps);
  const strands = strandOffsets(link, width);
  const middle = at(ends, 0.5);
  const marked = link.state === 'warn' || link.state === 'bad';
  const lock = link.security === 'mutual_tls' ? 'lock' : link.security === 'none' || link.security === 'mixed' ? 'unlocked' : undefined;
  return (
    <g className={`topo-link ${link.state}${faded ? ' faded' : ''}`}>
      {strands.map((strand) => (
        <path key={strand.version} d={curve(ends, strand.offset)} strokeWidth={strand.width} />
      ))}
      <EdgeLabelRenderer>
        <div
          className={`topo-label ${link.state}${faded ? ' faded' : ''}`}
          style={{ transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` }}
        >
          {marked ? <State state={link.state} /> : null}
          {lock === undefined ? null : (
            <span
              className={lock === 'unlocked' ? 'topo-plain' : 'faint'}
              title={lock === 'lock' ? 'mutual TLS' : link.security === 'mixed' ? 'in part without TLS' : 'plaintext'}
            >
              <Icon name={lock} size={12} />
            </span>
          )}
          {told ? <Label link={link} /> : null}
        </div>
        {strands.length > 1 ? (
          <div
            className={`topo-label strands${faded ? ' faded' : ''}`}
            style={{ transform: `translate(${targetX + 8}px, ${targetY + NODE_HEIGHT / 2 + 3}px)` }}
          >
            {link.strands.map(({ version, share }) => (
              <span key={version} className="mono">
                {version} {percent(share)}
              </span>
            ))}
          </div>
        ) : null}
      </EdgeLabelRenderer>
    </g>
  );
});
