// Pages by their address. What a page needs is loaded when somebody goes there, or is about to.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Frame } from './frame/frame.tsx';
import { NotThere } from './frame/not-there.tsx';
import { PageFailed } from './frame/page-failed.tsx';
import { PAGES } from './pages/list.ts';
import { readSearch, type Search, writeSearch } from './state/address.ts';

const root = createRootRoute({
  component: Frame,
  notFoundComponent: NotThere,
  validateSearch: (search: Record<string, unknown>): Search => search as Search,
});

const routes = PAGES.map(({ path, load }) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load, 'Page'), errorComponent: PageFailed }),
);

export const router = createRouter({
  routeTree: root.addChildren(routes),
  parseSearch: readSearch as (text: string) => Record<string, unknown>,
  stringifySearch: (search) => writeSearch(search as Search),
  defaultPreload: 'intent',
  scrollRestoration: true,
});
