// Every page there is. To add one: write its folder, add an entry here (README.md says how). The first of a place is where the rail leads.
import { scopeFlags, spanFlags, spanOf } from '../state/address.ts';
import { commandOf as tapCommand } from './live/question.ts';
import type { Page } from './page.ts';
import { flagsOf as traceFlags } from './traces/filters.ts';

export const PAGES: readonly Page[] = [
  {
    path: '/',
    place: 'overview',
    title: () => 'Overview',
    command: ({ search }) => `weft edges${scopeFlags(search)}${spanFlags(spanOf(search))}`,
    load: () => import('./overview/index.tsx'),
  },
  {
    path: '/services',
    place: 'services',
    title: () => 'Services',
    command: ({ search }) => `weft stat${scopeFlags(search)}${spanFlags(spanOf(search))}`,
    load: () => import('./services/index.tsx'),
  },
  {
    path: '/services/$namespace/$name',
    place: 'services',
    title: ({ params }) => `${params['namespace'] ?? ''}/${params['name'] ?? ''}`,
    command: ({ params }) => `weft describe service/${params['name'] ?? ''} -n ${params['namespace'] ?? ''}`,
    load: () => import('./service/index.tsx'),
  },
  {
    path: '/traces',
    place: 'traces',
    title: () => 'Traces',
    command: ({ search }) => `weft traces${scopeFlags(search)}${spanFlags(spanOf(search))}${traceFlags(search)}`,
    load: () => import('./traces/index.tsx'),
  },
  {
    path: '/traces/$id',
    place: 'traces',
    title: () => 'Trace',
    command: ({ params }) => `weft trace ${params['id'] ?? ''}`,
    load: () => import('./trace/index.tsx'),
  },
  {
    path: '/live',
    place: 'live',
    title: () => 'Live',
    command: ({ search }) => tapCommand(search),
    load: () => import('./live/index.tsx'),
  },
  {
    path: '/policies',
    place: 'policies',
    title: () => 'Policies',
    command: ({ search }) => `weft get policies${scopeFlags(search)}`,
    load: () => import('./policies/index.tsx'),
  },
  {
    path: '/policies/$plural/$namespace/$name',
    place: 'policies',
    title: ({ params }) => params['name'] ?? '',
    command: ({ params }) =>
      `weft describe ${params['plural'] ?? ''}/${params['name'] ?? ''}${params['namespace'] === '-' ? '' : ` -n ${params['namespace'] ?? ''}`}`,
    load: () => import('./policy/index.tsx'),
  },
  {
    path: '/policies/$plural/$namespace/$name/edit',
    place: 'policies',
    title: ({ params }) => `Write ${params['name'] ?? ''}`,
    command: ({ params }) => `weft diff -o wide -f ${params['name'] ?? ''}.yaml`,
    load: () => import('./edit/index.tsx'),
  },
  {
    path: '/proxies',
    place: 'proxies',
    title: () => 'Proxies',
    command: ({ search }) => `weft proxies${scopeFlags(search)}`,
    load: () => import('./proxies/index.tsx'),
  },
  {
    path: '/deliveries',
    place: 'deliveries',
    title: () => 'Deliveries',
    command: ({ search }) => `weft get httproutes${scopeFlags(search)}`,
    load: () => import('./deliveries/index.tsx'),
  },
];
