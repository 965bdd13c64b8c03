import { type ReactNode, useState } from 'react';
import { collection, type DocumentsView } from '../api/documents.ts';
import { useLive } from '../api/live.ts';
import { signOut } from '../api/session.ts';
import { clock } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { RANGES } from '../state/address.ts';
import { applyTheme, readTheme, THEMES, type Theme } from '../state/theme.ts';
import { useAddress } from '../state/use-address.ts';
import { openPalette } from './palette.tsx';
import { useWho } from './signed-in.tsx';

/** Namespaces that services stand in, and the one that is chosen. */
function useNamespaces(chosen: string): readonly string[] {
  const { data } = useLive<DocumentsView>(collection('v1', 'services', ''), { everyMs: 30_000 });
  const found = (data?.items ?? []).map(({ metadata }) => metadata.namespace ?? '');
  return [...new Set([...found, chosen])].filter((name) => name !== '').sort();
}

function Scope(): ReactNode {
  const { namespace, set } = useAddress();
  const names = useNamespaces(namespace);
  return (
    <label className="field">
      <span className="hidden">Scope</span>
      <select value={namespace} onChange={({ target }) => set({ ns: target.value })}>
        <option value="">whole mesh</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function TimeRange(): ReactNode {
  const { span, set } = useAddress();
  return (
    <label className="field">
      <span className="hidden">Time</span>
      <select value={span.kind === 'last' ? span.range : ''} onChange={({ target }) => set({ range: target.value, from: undefined, to: undefined })}>
        {span.kind === 'fixed' ? (
          <option value="">
            {clock(span.from, span.to)} – {clock(span.to, span.to)}
          </option>
        ) : null}
        {RANGES.map((range) => (
          <option key={range} value={range}>
            last {range.replace(/(\d)([mhd])/, '$1 $2')}
          </option>
        ))}
      </select>
    </label>
  );
}

function ThemeSwitch(): ReactNode {
  const [theme, setTheme] = useState<Theme>(readTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
  const change = (): void => {
    applyTheme(next);
    setTheme(next);
    dispatchEvent(new Event('weft-theme'));
  };
  return (
    <button type="button" className="icon-button" onClick={change} aria-label={`Colours: ${theme}; change to ${next}`} title={`Colours: ${theme}`}>
      <Icon name="theme" />
    </button>
  );
}

function Me(): ReactNode {
  const { user, by } = useWho();
  return (
    <details className="me">
      <summary aria-label={`Signed in as ${user}`} title={`Signed in as ${user}`}>
        <Icon name="user" />
        <span>{user}</span>
      </summary>
      <div>
        <p>
          {user} <span className="faint">by {by}</span>
        </p>
        <button type="button" className="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </details>
  );
}

/** Scope and time of everything below, the search, and who is signed in. */
export function TopBar(): ReactNode {
  return (
    <header className="top-bar">
      <Scope />
      <TimeRange />
      <button type="button" className="search" onClick={openPalette} aria-keyshortcuts="Meta+K Control+K">
        <Icon name="search" />
        <span>Search</span>
        <kbd>⌘K</kbd>
      </button>
      <ThemeSwitch />
      <Me />
    </header>
  );
}
