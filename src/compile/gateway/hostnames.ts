// Host names of listeners and routes as Gateway API compares them: '' is every host, `*.example.com` every host below (any number of labels).

const suffixOf = (wildcard: string): string => wildcard.slice(1);

/** Whether every host that `inner` stands for is one that `outer` stands for. */
export function covers(outer: string, inner: string): boolean {
  if (outer === '' || outer === inner) return true;
  if (!outer.startsWith('*.') || inner === '') return false;
  return inner.endsWith(suffixOf(outer)) && inner.length > suffixOf(outer).length;
}

/** Hosts that both stand for, undefined when there is none. */
export function intersection(a: string, b: string): string | undefined {
  if (covers(a, b)) return b;
  return covers(b, a) ? a : undefined;
}

/** Negative when `a` is the more specific of two that cover the same host: exact before wildcard, more labels first. */
export function moreSpecific(a: string, b: string): number {
  return rank(b) - rank(a);
}

/** Exact names have no wildcard to the left and are over all of them; the length decides among wildcards. */
function rank(hostname: string): number {
  if (hostname === '') return 0;
  return hostname.startsWith('*.') ? hostname.length : 1_000 + hostname.length;
}

/** As Envoy's virtual hosts have it. */
export function domainOf(hostname: string): string {
  return hostname === '' ? '*' : hostname;
}
