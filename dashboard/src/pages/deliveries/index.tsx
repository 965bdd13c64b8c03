import type { ReactNode } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';

/** Rollouts and experiments. */
export function Page(): ReactNode {
  return (
    <EmptyState title="Nothing is being delivered" command="weft explain --from shop/web --to checkout">
      Rollouts and experiments will stand here, with their steps and what decides them. A split that is set by hand is a route with weights: the service’s page
      shows it, and the command tells which version a request meets.
    </EmptyState>
  );
}
