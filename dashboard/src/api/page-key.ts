// The half of the session that scripts of this page hold; the other half is a cookie that no script reads. Kept by origin, so no other port sees it.
const NAME = 'weft-page';

/** Undefined when nobody has signed in here. */
export function pageKey(): string | undefined {
  return localStorage.getItem(NAME) ?? undefined;
}

/** `undefined` forgets it. */
export function setPageKey(key: string | undefined): void {
  if (key === undefined) localStorage.removeItem(NAME);
  else localStorage.setItem(NAME, key);
}
