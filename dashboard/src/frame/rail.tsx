import type { ReactNode } from 'react';
import { PAGES } from '../pages/list.ts';
import { PLACES, type PlaceId } from '../pages/page.ts';
import { Icon } from '../parts/icon.tsx';
import { Go } from '../parts/link.tsx';

const TITLES: Readonly<Record<PlaceId, string>> = {
  overview: 'Overview',
  services: 'Services',
  traces: 'Traces',
  live: 'Live',
  policies: 'Policies',
  proxies: 'Proxies',
  deliveries: 'Deliveries',
};

/** The seven places; `place` is where we are. */
export function Rail({ place }: { readonly place: PlaceId | undefined }): ReactNode {
  return (
    <nav className="rail" aria-label="Places">
      <div className="brand" aria-hidden="true">
        <img src="/favicon.svg" alt="" width="20" height="20" />
        <span>weft</span>
      </div>
      <ul>
        {PLACES.map((id) => (
          <li key={id} aria-current={id === place ? 'page' : undefined}>
            <Go to={PAGES.find((page) => page.place === id)?.path ?? '/'}>
              <Icon name={id} />
              <span>{TITLES[id]}</span>
            </Go>
          </li>
        ))}
      </ul>
    </nav>
  );
}
