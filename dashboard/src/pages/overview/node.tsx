import { Handle, type NodeProps, Position } from '@xyflow/react';
import { memo, type ReactNode } from 'react';
import { millis, percent, rate } from '../../parts/format.ts';
import { State } from '../../parts/state.tsx';
import type { GraphNode } from './graph.ts';

export interface NodeShown extends Record<string, unknown> {
  readonly node: GraphNode;
  /** Its neighbour is looked at, not it. */
  readonly faded: boolean;
  /** Say in which namespace it is. */
  readonly placed: boolean;
  readonly go: (node: GraphNode) => void;
}

function words({ kind, services, rps, out, failing, p99Ms }: GraphNode): string {
  if (kind === 'group' && rps === 0) return `${services} services`;
  if (rps === 0) return out > 0 ? `asks ${rate(out)}` : kind === 'outside' ? 'outside of the mesh' : 'no requests';
  if (kind === 'group') return `${services} services · ${rate(rps)}`;
  // there is room for two: what is wrong comes before how long it takes
  const second = failing > 0 ? percent(failing) : millis(p99Ms);
  return `${rate(rps)} · ${second}`;
}

const titleOf = ({ kind, name, id, services, rps, failing, p99Ms, findings }: GraphNode): string =>
  [
    kind === 'group' ? `namespace ${name}, ${services} services` : id,
    `${rate(rps)} in`,
    `${percent(failing)} failed`,
    `p99 ${millis(p99Ms)}`,
    ...(findings === 0 ? [] : [`${findings} findings`]),
  ].join(', ');

/** One service, or a namespace of them. */
export const ServiceNode = memo(function ServiceNode({ data }: NodeProps): ReactNode {
  const { node, faded, placed, go } = data as NodeShown;
  const { kind, name, namespace, state } = node;
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <button type="button" className={`topo-node ${kind} ${state}${faded ? ' faded' : ''}`} title={titleOf(node)} onClick={() => go(node)}>
        <span className="topo-name">
          {state === 'warn' || state === 'bad' ? <State state={state} /> : null}
          <span>
            {placed && kind === 'service' ? <span className="faint">{namespace}/</span> : null}
            {kind === 'outside' && name === 'outside' ? 'outside' : name}
          </span>
        </span>
        <span className="mono faint">{words(node)}</span>
      </button>
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  );
});
