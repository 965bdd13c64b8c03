// What the search knows, and what fits a text best.

import type { ProxyView } from '../../../src/api/index.ts';
import { collection, type DocumentsView } from '../api/documents.ts';
import { useCollected, useKinds } from '../api/kinds.ts';
import { useLive } from '../api/live.ts';
import { PAGES } from '../pages/list.ts';
import { documentPath } from '../parts/document-link.tsx';
import type { Search } from '../state/address.ts';

export interface Found {
  readonly key: string;
  readonly kind: string;
  readonly title: string;
  readonly to: string;
  readonly search?: Search;
  /** It is a command: choosing it copies it. */
  readonly copies?: string;
}

const MOST = 12;
/** x-request-id: a UUID, or the beginning of one. */
const REQUEST = /^[0-9a-f]{4,8}(-[0-9a-f-]*)?$/i;

const pages: readonly Found[] = PAGES.filter(({ path }) => !path.includes('$')).map((page) => {
  const title = page.title({ search: {}, params: {} });
  return { key: page.path, kind: 'page', title, to: page.path };
});

/** The command of each page, as the page shows it where nothing is chosen. */
const commands: readonly Found[] = PAGES.filter(({ path }) => !path.includes('$')).map((page) => {
  const copies = page.command({ search: {}, params: {} });
  return { key: `command ${page.path}`, kind: 'command', title: copies, to: page.path, copies };
});

/** `TimeoutPolicy` -> `timeout policy`. Pure. */
const kindWords = (kind: string): string =>
  kind
    .replace(/^(HTTP|GRPC|TCP|TLS|UDP)/, '$1 ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .split(' ')
    .map((word) => (/^[A-Z]{3,}$/.test(word) ? word : word.toLowerCase()))
    .join(' ');

/** Everything that has a name, as far as the caller may see it. */
export function useFindable(): readonly Found[] {
  const services = useLive<DocumentsView>(collection('v1', 'services', ''), { everyMs: 30_000 }).data?.items ?? [];
  const proxies = useLive<{ readonly items: readonly ProxyView[] }>('/weft/v1/proxies', { everyMs: 30_000 }).data?.items ?? [];
  const kinds = useKinds('policies') ?? [];
  const routes = useKinds('routes') ?? [];
  const documents = useCollected([...routes, ...kinds], '').items;
  return [
    ...pages,
    ...services.map(({ metadata: { namespace = '', name } }): Found => {
      const title = `${namespace}/${name}`;
      return { key: `service ${title}`, kind: 'service', title, to: `/services/${namespace}/${name}` };
    }),
    ...proxies.map(({ id }): Found => ({ key: `proxy ${id}`, kind: 'proxy', title: id, to: '/proxies', search: { q: id } })),
    ...documents.map(({ kind, plural, metadata: { namespace = '', name } }): Found => {
      const title = namespace === '' ? name : `${namespace}/${name}`;
      return { key: `${plural} ${title}`, kind: kindWords(kind), title, to: documentPath(plural, { namespace, name }) };
    }),
    ...commands,
  ];
}

/** How well a title fits: at its beginning, at the beginning of a word, anywhere; undefined when it does not. */
function score(title: string, text: string): number | undefined {
  const at = title.toLowerCase().indexOf(text);
  if (at < 0) return undefined;
  return at === 0 ? 0 : /[/\-. ]/.test(title[at - 1] ?? '') ? 1 : 2;
}

/** The best twelve, best first; all of the first ones for an empty text. Pure. */
export function search(findable: readonly Found[], text: string): readonly Found[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === '') return findable.slice(0, MOST);
  const fits = findable.flatMap((found) => {
    const fit = score(found.title, wanted);
    return fit === undefined ? [] : [{ found, fit }];
  });
  const best = fits.sort((a, b) => a.fit - b.fit || a.found.title.length - b.found.title.length).map(({ found }) => found);
  const request: readonly Found[] = REQUEST.test(wanted)
    ? [{ key: 'request', kind: 'request', title: wanted, to: '/traces', search: { request: wanted } }]
    : [];
  return [...best, ...request].slice(0, MOST);
}
