import type { ReactNode } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';

/** Is something wrong, where, since when, which change, what to do. */
export function Page(): ReactNode {
  return (
    <EmptyState title="No service has joined yet" command="weft run --service web --port 8080 -- node web.js">
      Services and their calls are drawn here as soon as a workload runs in the mesh.
    </EmptyState>
  );
}
