import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { State } from './state.tsx';

function words(error: unknown): string {
  if (error instanceof ApiError && error.status === 403) return `You may not see this: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

/** What failed, in the words of who knows, and what still works. */
export function ErrorNote({ error, still }: { readonly error: unknown; readonly still: string }): ReactNode {
  // what is not there is no failure
  const state = error instanceof ApiError && error.status === 404 ? 'none' : 'bad';
  return (
    <div className={`note ${state}`} role={state === 'bad' ? 'alert' : 'status'}>
      <State state={state} />
      <div>
        <p>{words(error)}</p>
        <p className="soft">{still}</p>
      </div>
    </div>
  );
}
