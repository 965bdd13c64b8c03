import type { ReactNode } from 'react';

/** The four states a thing can be in. Colour never says it alone. */
export type StateName = 'ok' | 'warn' | 'bad' | 'none';

const SHAPES: Readonly<Record<StateName, string>> = {
  ok: 'M3 6.2 5.2 8.5 9 3.8',
  warn: 'M6 1.8 11 10.4H1z',
  bad: 'M2 2h8v8H2z',
  none: 'M3.5 6h5',
};

const WORDS: Readonly<Record<StateName, string>> = { ok: 'well', warn: 'needs a look', bad: 'wrong', none: 'unknown' };

/** A glyph and its word; the word is for those who hear the page unless `label` shows one. */
export function State({ state, label }: { readonly state: StateName; readonly label?: string }): ReactNode {
  return (
    <span className={`state ${state}`}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
        <path d={SHAPES[state]} />
      </svg>
      {label === undefined ? <span className="hidden">{WORDS[state]}</span> : <span>{label}</span>}
    </span>
  );
}
