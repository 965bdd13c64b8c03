import type { ReactNode } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';

/** Requests as they happen. */
export function Page(): ReactNode {
  return (
    <EmptyState title="Nothing is tapped here yet" command="weft requests">
      Requests will be shown here as they happen, with filters as chips. Until then the command line lists the requests that were kept.
    </EmptyState>
  );
}
