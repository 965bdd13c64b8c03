import type { ErrorComponentProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ErrorNote } from '../parts/error-note.tsx';

/** For a page that broke: the others still work. */
export function PageFailed({ error, reset }: ErrorComponentProps): ReactNode {
  return (
    <div className="page">
      <ErrorNote error={error} still="The other pages and the command line still work." />
      <button type="button" className="button" onClick={reset}>
        Try again
      </button>
    </div>
  );
}
