import { oneLine } from './plain.ts';

/** `shop/web` of a SPIFFE ID of a service account; another one as it is, nothing as `(no identity)`. */
export function accountText(identity: string): string {
  const found = /\/ns\/([^/]+)\/sa\/([^/]+)$/.exec(identity);
  return found === null ? oneLine(identity) || '(no identity)' : oneLine(`${found[1]}/${found[2]}`);
}
