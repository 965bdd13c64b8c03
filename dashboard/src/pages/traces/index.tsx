import type { ReactNode } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';

/** One request as a waterfall, across every service it went through. */
export function Page(): ReactNode {
  return (
    <EmptyState title="No traces are drawn here yet" command="weft requests">
      One request as a waterfall will stand here: its hops, retries, decisions, and the proxy’s share of the time against the application’s. Until then the
      command line tells what every proxy on the way of a request said.
    </EmptyState>
  );
}
