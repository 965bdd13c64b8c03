// How a change came to the proxies: how many have it, and how long that took; a link to the whole story where it may be read.
import type { ReactNode } from 'react';
import type { PushView } from '../../../src/api/index.ts';
import { millis } from './format.ts';
import { Go } from './link.tsx';
import { State } from './state.tsx';

const proxies = (count: number): string => `${count} ${count === 1 ? 'proxy' : 'proxies'}`;

/** `8 proxies in 41 ms`. Pure. */
export function pushWords({ proxies: all, followed, acknowledged, tookMs }: PushView): string {
  if (all === 0) return 'no proxy needs it';
  return `${acknowledged === followed ? proxies(all) : `${acknowledged} of ${proxies(followed)}`} in ${millis(Math.round(tookMs))}`;
}

export function Pushed({ push }: { readonly push: PushView }): ReactNode {
  const { trace, refused, unanswered } = push;
  const words = <span className="num">{pushWords(push)}</span>;
  return (
    <span className="pushed">
      {trace === '' ? (
        words
      ) : (
        <Go to={`/traces/${trace}`} className="link">
          {words}
        </Go>
      )}
      {refused === 0 ? null : <State state="bad" label={`${refused} refused it`} />}
      {unanswered === 0 ? null : <State state="warn" label={`${unanswered} did not answer`} />}
    </span>
  );
}
