import { type ReactNode, useSyncExternalStore } from 'react';
import { age, moment } from './format.ts';

const EVERY_MS = 5_000;
let now = Date.now();

function subscribe(changed: () => void): () => void {
  const timer = setInterval(() => {
    now = Date.now();
    changed();
  }, EVERY_MS);
  return () => clearInterval(timer);
}

/** The time of the page, moving in steps of five seconds, so that nothing flickers. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

/** How long ago (or ahead) a moment is; the moment itself on hover. */
export function Since({ at, none = 'never' }: { readonly at: number; readonly none?: string }): ReactNode {
  const current = useNow();
  if (!(at > 0)) return <span className="faint">{none}</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {age(current - at)}
    </time>
  );
}
