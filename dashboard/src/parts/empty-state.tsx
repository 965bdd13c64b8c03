import type { ReactNode } from 'react';
import { Command } from './command.tsx';

export interface EmptyStateProps {
  readonly title: string;
  readonly children: ReactNode;
  /** The one command that fills it. */
  readonly command?: string;
}

/** Where there is nothing yet: what would be here, and how it comes. */
export function EmptyState({ title, children, command }: EmptyStateProps): ReactNode {
  return (
    <section className="empty">
      <h2>{title}</h2>
      <p>{children}</p>
      {command === undefined ? null : <Command text={command} />}
    </section>
  );
}
