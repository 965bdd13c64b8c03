import type { ReactNode } from 'react';
import { EmptyState } from '../parts/empty-state.tsx';

/** For an address that is none of ours. */
export function NotThere(): ReactNode {
  return (
    <EmptyState title="There is no such page" command="weft --help">
      The address leads nowhere. The rail on the left shows every place there is, and the search (⌘K) finds services, proxies and documents.
    </EmptyState>
  );
}
