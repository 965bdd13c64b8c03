// Envoy's versions: those that Weft is made for, and the newest patch of each that was known when this was built.
import type { ProxyView } from '../../api/index.ts';
import type { Check } from './check.ts';
import { proxyObject } from './proxies.ts';

/** Minor version to its newest known patch; the first is the one that Weft brings. */
const KNOWN: ReadonlyMap<string, number> = new Map([
  ['1.40', 0],
  ['1.39', 3],
]);

interface Version {
  readonly minor: string;
  readonly patch: number;
}

/** Of `1.40.0`, `1.39.1-contrib`; undefined when the proxy said nothing that can be read. */
export function readVersion(text: string): Version | undefined {
  const [, minor, patch] = /^v?(\d+\.\d+)\.(\d+)/.exec(text) ?? [];
  return minor === undefined ? undefined : { minor, patch: Number(patch) };
}

const connected = (proxies: readonly ProxyView[]): readonly (ProxyView & { readonly version: Version })[] =>
  proxies.flatMap((proxy) => {
    const version = proxy.connected ? readVersion(proxy.envoyVersion) : undefined;
    return version === undefined ? [] : [{ ...proxy, version }];
  });

export const envoyFits: Check = {
  id: 'envoy-fits',
  section: 'proxies',
  words: `every proxy is an Envoy ${[...KNOWN.keys()].join(' or ')}`,
  look: ({ proxies }) =>
    connected(proxies)
      .filter(({ version }) => !KNOWN.has(version.minor))
      .map((proxy) => ({
        code: 'WEFT2374',
        object: proxyObject(proxy),
        words: `${proxy.id} runs Envoy ${proxy.envoyVersion}, which this version of Weft is not made for`,
        next: `weft proxies -n ${proxy.namespace}`,
      })),
};

export const envoyPatched: Check = {
  id: 'envoy-patched',
  section: 'proxies',
  words: 'every proxy has the newest known patch of its Envoy',
  look: ({ proxies }) =>
    connected(proxies)
      .filter(({ version }) => version.patch < (KNOWN.get(version.minor) ?? 0))
      .map((proxy) => ({
        code: 'WEFT2375',
        object: proxyObject(proxy),
        words: `${proxy.id} runs Envoy ${proxy.envoyVersion}; ${proxy.version.minor}.${KNOWN.get(proxy.version.minor)} is there`,
        next: `weft proxies -n ${proxy.namespace}`,
      })),
};
