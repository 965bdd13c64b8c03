import type { ReactNode } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';

/** Documents with what became of them. */
export function Page(): ReactNode {
  return (
    <EmptyState title="No policies are shown here yet" command="weft get policies -A">
      Documents will stand here with their conditions and with what became of every field: applied, overridden by another, or ignored and why.
    </EmptyState>
  );
}
