// What Envoy makes of a path before it looks at routes: `normalize_path` (RFC 3986 §6 as googleurl does it), then `merge_slashes`.

const UNRESERVED = /[A-Za-z0-9\-._~]/;

/** `%61` is `a`: octets that need no encoding are decoded; all other encoded octets, slashes too, stay as they are written. */
function decodeUnreserved(path: string): string {
  return path.replace(/%([0-9a-fA-F]{2})/g, (whole, hex: string) => {
    const letter = String.fromCharCode(Number.parseInt(hex, 16));
    return UNRESERVED.test(letter) ? letter : whole;
  });
}

/** What follows a `;` is a parameter of the segment, to servers that have them: `..;x` is `..`. */
const bare = (segment: string): string => (/^\.{1,2};/.test(segment) ? segment.slice(0, segment.indexOf(';')) : segment);

/** RFC 3986 §5.2.4; an empty segment is one like any other. */
function removeDotSegments(path: string): string {
  const segments = path.split('/').slice(1);
  const kept: string[] = [];
  for (const [at, written] of segments.entries()) {
    const segment = bare(written);
    const last = at === segments.length - 1;
    if (segment === '..') kept.pop();
    if (segment !== '.' && segment !== '..') kept.push(segment);
    else if (last) kept.push('');
  }
  return `/${kept.join('/')}`;
}

/** The path that routes are matched against (without the query), and the query (without `?`). */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?');
  const raw = at < 0 ? target : target.slice(0, at);
  const path = removeDotSegments(decodeUnreserved(raw.replaceAll('\\', '/')));
  return { path: path.replace(/\/{2,}/g, '/'), query: at < 0 ? '' : target.slice(at + 1) };
}
