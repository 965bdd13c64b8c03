// Dark, light, or as the system says.
export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const NAME = 'weft-theme';

/** What was chosen in this browser. */
export function readTheme(): Theme {
  const kept = localStorage.getItem(NAME);
  return THEMES.find((each) => each === kept) ?? 'system';
}

/** Puts it on the page and remembers it. */
export function applyTheme(theme: Theme): void {
  localStorage.setItem(NAME, theme);
  if (theme === 'system') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.setAttribute('data-theme', theme);
}
