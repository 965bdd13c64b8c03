import type { ReactNode } from 'react';
import { EmptyState } from '../../parts/empty-state.tsx';
import { useAddress } from '../../state/use-address.ts';

/** One service: numbers, neighbours, instances, policies, routes. */
export function Page(): ReactNode {
  const { params } = useAddress();
  const { namespace = '', name = '' } = params;
  return (
    <EmptyState title={`${namespace}/${name}`} command={`weft effective ${namespace}/${name}`}>
      What holds at this service, and why, is printed by the command.
    </EmptyState>
  );
}
