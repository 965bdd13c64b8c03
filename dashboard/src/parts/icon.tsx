import type { ReactNode } from 'react';

/** Lines on a grid of 16; drawn in the colour of the text around them. */
const PATHS = {
  overview: 'M3 4.5h4v3H3zM9 9h4v3.5H9zM7 6h2.5v3',
  services: 'M2.5 3.5h11v3.5h-11zM2.5 9h11v3.5h-11zM5 5.25h.01M5 10.75h.01',
  traces: 'M2.5 4h8M4.5 8h6M7.5 12h6',
  live: 'M1.5 8h3l2-4.5 3 9 2-4.5h3',
  policies: 'M4 2.5h6l2.5 2.5v8.5H4zM6.5 8h4M6.5 10.5h4',
  proxies: 'M8 2.5 13 5v6l-5 2.5L3 11V5zM3 5l5 2.5L13 5M8 7.5v6',
  deliveries: 'M2.5 12.5 6 9l2.5 2L13.5 4.5M10 4.5h3.5V8',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.5 10.5l3 3',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  done: 'M3 8.5 6.5 12 13 4.5',
  close: 'M4 4l8 8M12 4l-8 8',
  lock: 'M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2',
  unlocked: 'M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 4.8-1',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9',
  graph:
    'M4 6a1.75 1.75 0 1 0 0-3.5A1.75 1.75 0 0 0 4 6zM12 9.75a1.75 1.75 0 1 0 0-3.5 1.75 1.75 0 0 0 0 3.5zM4 13.5A1.75 1.75 0 1 0 4 10a1.75 1.75 0 0 0 0 3.5zM5.7 4.9l4.6 2.3M5.7 11.1l4.6-2.3',
  theme: 'M8 2.5v11M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5h4.5M8 8h5.5M8 11h4.5',
  user: 'M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM3 13.5c.5-2.5 2.5-3.5 5-3.5s4.5 1 5 3.5',
  right: 'M6 3.5 10.5 8 6 12.5',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: what it means stands beside it, or in the label of the button around it. */
export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }): ReactNode {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
