// Where nodes stood at the last visit, in this browser.
import type { Place, Places } from './layout.ts';

const MOST = 2_000;

const nameOf = (view: string): string => `weft-places-${view}`;

/** `view`: what is drawn (a namespace, groups, …); each is remembered by itself. */
export function recall(view: string): Places {
  try {
    const kept = JSON.parse(localStorage.getItem(nameOf(view)) ?? '[]') as readonly (readonly [string, Place])[];
    return new Map(kept.filter(([, place]) => Number.isFinite(place.x) && Number.isFinite(place.y)));
  } catch {
    return new Map();
  }
}

/** Remembers; where the browser has no room for it, it does not. */
export function remember(view: string, places: Places): void {
  try {
    localStorage.setItem(nameOf(view), JSON.stringify([...places].slice(0, MOST)));
  } catch {
    // the next visit is laid out anew
  }
}

export function forget(view: string): void {
  localStorage.removeItem(nameOf(view));
}
