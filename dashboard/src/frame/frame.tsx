// What stands around every page: the seven places, scope and time, the search, the command of the page.
import { Outlet, useMatches } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { PAGES } from '../pages/list.ts';
import type { Page } from '../pages/page.ts';
import { Command } from '../parts/command.tsx';
import { useAddress } from '../state/use-address.ts';
import { Palette } from './palette.tsx';
import { Rail } from './rail.tsx';
import { TopBar } from './top-bar.tsx';

/** The page that is shown; undefined for an address that is none. */
function useCurrentPage(): Page | undefined {
  const id = useMatches().at(-1)?.fullPath;
  return PAGES.find(({ path }) => path === id || path === id?.replace(/\/$/, ''));
}

export function Frame(): ReactNode {
  const page = useCurrentPage();
  const { search, params } = useAddress();
  const title = page?.title({ search, params }) ?? 'Not found';
  useEffect(() => {
    document.title = `${title} · Weft`;
  }, [title]);
  return (
    <div className="frame">
      <a className="skip" href="#content">
        Skip to content
      </a>
      <Rail place={page?.place} />
      <div className="side">
        <TopBar />
        <main id="content" tabIndex={-1}>
          <header className="page-head">
            <h1>{title}</h1>
            {page === undefined ? null : <Command text={page.command({ search, params })} />}
          </header>
          <Outlet />
        </main>
      </div>
      <Palette />
    </div>
  );
}
