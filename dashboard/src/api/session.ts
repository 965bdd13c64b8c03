// Signing in by a link, once, and out.
import { ask, send } from './client.ts';
import { setPageKey } from './page-key.ts';

const PATH = '/weft/v1/dashboard/session';

export interface Who {
  readonly user: string;
  readonly groups: readonly string[];
  readonly by: string;
}

/** Takes `once` out of the address at once, so that it stands in no history and no bookmark. */
function takeOnce(): string | undefined {
  const url = new URL(location.href);
  const once = url.searchParams.get('once');
  if (once === null) return undefined;
  url.searchParams.delete('once');
  history.replaceState(null, '', url);
  return once;
}

/** Signs in when the address brings a link. Throws ApiError when it was used, or is too old. */
export async function signInByLink(): Promise<void> {
  const once = takeOnce();
  if (once === undefined) return;
  const { key } = await ask<{ readonly key: string }>(PATH, { method: 'POST', body: { once } });
  setPageKey(key);
}

/** Who is signed in. Throws ApiError 401 when nobody is. */
export const whoAmI = (signal?: AbortSignal): Promise<Who> => ask<Who>(PATH, signal === undefined ? {} : { signal });

/** Ends the session, here and at the control plane. */
export async function signOut(): Promise<void> {
  await send(PATH, { method: 'DELETE' }).catch(() => undefined);
  setPageKey(undefined);
  location.assign('/');
}
